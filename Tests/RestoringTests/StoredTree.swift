import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import Restoring
import Synchronization
import TestSupport

/// An entry of a tree that a test stores by hand.
struct Entry {
  var node: Node
  /// Of files: the blobs.
  var chunks: [[UInt8]] = []
  /// Of directories.
  var children: [Entry] = []

  static let time = NodeTime(seconds: 1_600_000_000, nanoseconds: 123_456_789)

  private init(_ name: [UInt8], _ type: NodeType, mode: UInt32) {
    node = Node(name: name, type: type)
    node.mode = goFileMode(fromMode: mode)
    node.modified = Self.time
    node.accessed = Self.time
    node.changed = Self.time
    node.userID = effectiveUserID
    node.groupID = effectiveUserID
    node.links = 1
  }

  static func file(_ name: String, _ chunks: String..., mode: UInt32 = 0o644) -> Entry {
    file(bytes: Array(name.utf8), chunks.map { Array($0.utf8) }, mode: mode)
  }

  static func file(bytes name: [UInt8], _ chunks: [[UInt8]], mode: UInt32 = 0o644) -> Entry {
    var entry = Entry(name, .file, mode: 0o100000 | mode)
    entry.chunks = chunks.filter { !$0.isEmpty }
    entry.node.size = UInt64(chunks.reduce(0) { $0 + $1.count })
    return entry
  }

  static func directory(_ name: String, mode: UInt32 = 0o755, _ children: Entry...) -> Entry {
    directory(name, mode: mode, children)
  }

  static func directory(_ name: String, mode: UInt32 = 0o755, _ children: [Entry]) -> Entry {
    var entry = Entry(Array(name.utf8), .dir, mode: 0o040000 | mode)
    entry.children = children
    return entry
  }

  static func link(_ name: String, to target: String) -> Entry {
    var entry = Entry(Array(name.utf8), .symlink, mode: 0o120777)
    entry.node.linkTarget = Array(target.utf8)
    return entry
  }

  static func fifo(_ name: String) -> Entry { Entry(Array(name.utf8), .fifo, mode: 0o010644) }

  func with(_ change: (inout Node) -> Void) -> Entry {
    var entry = self
    change(&entry.node)
    return entry
  }
}

/// A tree in a repository in memory.
struct StoredTree {
  let store: MemoryStore
  let repository: Repository
  let root: BlobID

  init(_ entries: Entry..., version: Int = 2) throws { try self.init(entries, version: version) }

  init(_ entries: [Entry], version: Int = 2) throws {
    store = MemoryStore()
    repository = try .forTesting(in: store, version: version)
    root = try Self.save(entries, in: repository)
  }

  /// Stores another tree in the same repository.
  static func save(_ entries: [Entry], in repository: Repository) throws -> BlobID {
    let root = try repository.uploading { saver in try save(entries, saver) }
    try repository.loadIndex()
    return root
  }

  private static func save(_ entries: [Entry], _ saver: BlobSaver) throws -> BlobID {
    var nodes: [Node] = []
    for entry in entries {
      var node = entry.node
      switch node.type {
      case .dir: node.subtree = try save(entry.children, saver)
      case .file: node.content = try entry.chunks.map { try save($0, as: .data, saver) }
      default: break
      }
      nodes.append(node)
    }
    nodes.sort { $0.name.lexicographicallyPrecedes($1.name) }
    return try save(encodeTree(nodes), as: .tree, saver)
  }

  private static func save(
    _ bytes: [UInt8],
    as type: BlobType,
    _ saver: BlobSaver
  ) throws -> BlobID {
    try bytes.withUnsafeBytes { try saver.save($0, as: type).id }
  }

  /// What a restore told.
  struct Outcome {
    var counts: RestoreCounts
    /// Such as "restored /a" and "problem /b".
    var items: [String]
    var warnings: [String]
  }

  @discardableResult
  func restore(
    to target: FilePath,
    _ change: (inout RestoreRequest) -> Void = { _ in }
  ) throws -> Outcome {
    try Self.restore(root, from: repository, to: target, change)
  }

  @discardableResult
  static func restore(
    _ root: BlobID,
    from repository: Repository,
    to target: FilePath,
    _ change: (inout RestoreRequest) -> Void = { _ in }
  ) throws -> Outcome {
    var request = RestoreRequest(tree: root, target: target)
    request.reportsItems = true
    change(&request)
    let told = Mutex(Outcome(counts: RestoreCounts(), items: [], warnings: []))
    let result = try Restoring.restore(request, from: repository) { event in
      told.withLock { told in
        switch event {
        case .item(let action, let path, _): told.items.append("\(action) \(path)")
        case .problem(let problem): told.items.append("problem \(problem.path)")
        case .warning(let text): told.warnings.append(text)
        }
      }
    }
    var outcome = told.withLock { $0 }
    outcome.counts = result.counts
    outcome.items.sort()
    return outcome
  }
}

/// The content of a file as text.
func text(_ path: FilePath) throws -> String {
  String(decoding: try LocalFiles.read(path), as: UTF8.self)
}

/// Writes a file as another program would.
func write(_ text: String, to path: FilePath, mode: UInt32 = 0o644) throws {
  let folder = try openDirectory(path.removingLastComponent())
  let name = FileName(path.lastComponent?.string ?? "")
  _ = try? removeFile(in: folder.raw, name, subject: path)
  let file = try openFile(in: folder.raw, name, .creating, subject: path)
  try Array(text.utf8).withUnsafeBytes { try write($0, to: file.raw, at: 0, subject: path) }
  try setPermissions(of: .descriptor(file.raw), to: mode, subject: path)
}

/// Whether anything stands at `path`.
func exists(_ path: FilePath) -> Bool { (try? fileMetadata(of: path)) != nil }

/// Sets the modification time of a file.
func setTime(_ path: FilePath, seconds: Int64) throws {
  let folder = try openDirectory(path.removingLastComponent())
  let time = FileTime(seconds: seconds, nanoseconds: 0)
  let name = FileName(path.lastComponent?.string ?? "")
  let reference = FileReference.name(name, directory: folder.raw)
  try setTimes(of: reference, accessed: time, modified: time, subject: path)
}
