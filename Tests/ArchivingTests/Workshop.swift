import Archiving
import Foundation
import Machine
import ObjectStorage
import Planning
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing
import Viewing

/// A directory to archive and a repository in memory to archive it into.
struct Workshop {
  /// What tests fill and archive.
  let source: FilePath
  /// Beside it, for anything else.
  let scratch: FilePath
  let repository: Repository

  /// Calls `body` with an empty directory and an empty repository.
  static func with(
    store: any ObjectStore = MemoryStore(),
    _ body: (Workshop) throws -> Void
  ) throws {
    try withTemporaryDirectory { directory in
      let source = directory.appending("source")
      try FileManager.default.createDirectory(
        atPath: source.string,
        withIntermediateDirectories: true
      )
      let repository = try Repository.initialize(
        in: store,
        password: Array("archive".utf8),
        polynomial: RabinPolynomial(0x3da3_358b_4dc173),
        scrypt: .forTesting
      )
      try repository.loadIndex()
      try body(Workshop(source: source, scratch: directory, repository: repository))
    }
  }

  /// A view that is `/` as it is now.
  static func liveView(_ more: [ViewRoot] = []) throws -> View {
    let root = SharedDescriptor(try Descriptor.open("/"))
    return View(roots: [ViewRoot(path: "/", directory: root, kind: .live)] + more)
  }

  /// A request for `targets`, or the source as a relative target.
  func request(
    _ targets: [ArchiveTarget]? = nil,
    view: View? = nil,
    interruption: Interruption = Interruption()
  ) throws -> ArchiveRequest {
    ArchiveRequest(
      targets: targets ?? [ArchiveTarget(path: source, placement: [FileName("source")])],
      view: try view ?? Self.liveView(),
      interruption: interruption
    )
  }

  @discardableResult
  func archive(
    _ request: ArchiveRequest,
    progress: ArchiveProgress = ArchiveProgress(),
    onEvent: @escaping @Sendable (ArchiveEvent) -> Void = { _ in }
  ) throws -> ArchiveResult {
    try repository.uploading { saver in
      try Archiving.archive(
        request,
        into: repository,
        saver: saver,
        progress: progress,
        onEvent: onEvent
      )
    }
  }

  /// Archives the source.
  @discardableResult
  func archive(_ change: (inout ArchiveRequest) throws -> Void = { _ in }) throws -> ArchiveResult {
    var request = try request()
    try change(&request)
    return try archive(request)
  }

  /// Every path below a tree, with its node.
  func nodes(_ tree: BlobID) throws -> [String: Node] {
    var found: [String: Node] = [:]
    var pending = [("", tree)]
    while let (path, id) = pending.popLast() {
      for node in try repository.loadTree(id) {
        let here = path + (path.isEmpty ? "" : "/") + String(decoding: node.name, as: UTF8.self)
        found[here] = node
        if let subtree = node.subtree { pending.append((here, subtree)) }
      }
    }
    return found
  }

  /// Stores a tree again with other nodes, the trees below it too.
  func forging(
    _ tree: BlobID,
    _ saver: BlobSaver,
    _ change: (inout Node) -> Void
  ) throws -> BlobID {
    let nodes = try repository.loadTree(tree).map { node in
      var node = node
      change(&node)
      node.subtree = try node.subtree.map { try forging($0, saver, change) }
      return node
    }
    return try encodeTree(nodes).withUnsafeBytes { try saver.save($0, as: .tree).id }
  }

  func paths(_ result: ArchiveResult) throws -> [String] { try nodes(result.tree).keys.sorted() }

  /// The bytes of a file's node.
  func content(_ node: Node?) throws -> [UInt8] {
    try (node?.content ?? []).flatMap { try repository.loadBlob(.data, $0) }
  }

  /// Writes a file below the source, and the directories above it.
  func write(_ path: String, _ bytes: some Sequence<UInt8>) throws {
    let file = source.appending(path)
    try FileManager.default.createDirectory(
      atPath: file.removingLastComponent().string,
      withIntermediateDirectories: true
    )
    try Data(bytes).write(to: URL(filePath: file.string))
  }

  func write(_ path: String, _ text: String = "") throws { try write(path, Array(text.utf8)) }

  /// Runs a command line in the source.
  @discardableResult
  func shell(_ line: String) throws -> String {
    try SystemCommandRunner().text(of: Command("sh", "-ec", "cd '\(source.string)'\n" + line))
  }
}

/// Bytes that don't compress and are the same each time.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt8(truncatingIfNeeded: state)
  }
}
