import Machine
import Proving
import RepositoryEngine
import RepositoryFormat
import Viewing

/// The tree of a snapshot, in which databases are looked for.
///
/// Where a view of it is still there, the beginnings of files are read from that, which costs less,
/// and so are files that stand still in it. What was read live comes from the repository: there
/// it is as the backup has it.
struct StoredTree: ProvableTree {
  typealias Handle = Node

  let repository: Repository
  /// The folder that everything is in.
  let top: ProvableEntry<Node>
  /// Nil when its paths aren't those of the tree.
  private let view: View?
  private let interruption: Interruption

  /// - Parameters:
  ///   - tree: Of the folder that everything is in.
  ///   - path: Where `tree` stands in the snapshot.
  ///   - repository: Where it is stored; the index is loaded.
  ///   - view: What the snapshot was made of, with the paths that it has.
  ///   - interruption: Ends copying.
  init(
    _ tree: BlobID,
    at path: FilePath = "/",
    in repository: Repository,
    view: View? = nil,
    _ interruption: Interruption
  ) {
    var node = Node(name: [], type: .dir)
    node.subtree = tree
    top = ProvableEntry(node, at: path)
    self.repository = repository
    self.view = view
    self.interruption = interruption
  }

  func entries(of folder: Entry) throws -> [Entry] {
    guard let tree = folder.handle.subtree else { return [] }
    let nodes = try reading(folder) { try repository.loadTree(tree) }
    return nodes.filter(\.hasUsableName).map { node in
      ProvableEntry(node, at: folder.path.pushing(FilePath(bytes: node.name)))
    }
  }

  func firstBytes(of file: Entry, count: Int) throws -> [UInt8] {
    if let bytes = try? beginning(of: file, count: count) { return bytes }
    guard let first = file.handle.content?.first else { return [] }
    return try reading(file) { Array(try repository.loadBlob(.data, first).prefix(count)) }
  }

  func copy(
    _ file: Entry,
    into target: CInt,
    at path: FilePath,
    _ check: () throws -> Void
  ) throws {
    if try copyFrozen(file, into: target, at: path, check) { return }
    var offset: UInt64 = 0
    var failure: (any Error)?
    do {
      try repository.readBlobs(inOrder: file.handle.content ?? [], interruption) { bytes in
        do {
          try check()
          try bytes.withUnsafeBytes { try write($0, to: target, at: offset, subject: path) }
        } catch {
          failure = error
          throw error
        }
        offset += UInt64(bytes.count)
      }
    } catch {
      if let failure { throw failure }
      if error is Interrupted { throw error }
      throw UnreadableEntry(path: file.path, cause: error)
    }
  }

  /// What `body` reads of the repository, or why not as of an entry.
  private func reading<Value>(_ entry: Entry, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error where !(error is Interrupted) {
      throw UnreadableEntry(path: entry.path, cause: error)
    }
  }

  // MARK: In the view

  private func beginning(of file: Entry, count: Int) throws -> [UInt8]? {
    guard let (opened, _) = try open(file) else { return nil }
    return try withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { buffer in
      let done = try read(into: buffer, from: opened.raw, at: 0, subject: file.path)
      return Array(buffer[..<done])
    }
  }

  /// Copies what stands still in the view, sharing its room where that is possible.
  ///
  /// - Returns: Whether it does.
  private func copyFrozen(
    _ file: Entry,
    into target: CInt,
    at path: FilePath,
    _ check: () throws -> Void
  ) throws -> Bool {
    guard let (opened, kind) = try? open(file), case .frozen = kind else { return false }
    if (try? cloneContent(of: opened.raw, into: target, subject: file.path)) != nil {
      return true
    }
    let duplicate = FileDuplicate(of: opened.raw, file.path, in: target, path)
    try duplicate.update(check)
    return true
  }

  /// The file where it stands in the view; nil without a view, or where something else was stored.
  private func open(_ file: Entry) throws -> (SharedDescriptor, ViewRoot.Kind)? {
    guard let root = view?.root(for: file.path) else { return nil }
    if case .omitted = root.kind { return nil }
    var inside = file.path
    guard inside.removePrefix(root.path) else { return nil }
    if let entry = root.entry { inside = FilePath(bytes: entry.bytes) }
    let opened = try openFile(beneath: root.directory.raw, inside, subject: file.path)
    let metadata = try fileMetadata(in: opened.raw, subject: file.path)
    guard metadata.type == .regular, file.handle.isOf(metadata) else { return nil }
    return (SharedDescriptor(opened), root.kind)
  }
}

extension Node {
  /// Whether it was made of this file as it is.
  fileprivate func isOf(_ metadata: FileMetadata) -> Bool {
    inode == metadata.inode && size == metadata.size
      && modified.seconds == metadata.modified.seconds
      && modified.nanoseconds == metadata.modified.nanoseconds
  }
}

extension ProvableEntry<Node> {
  fileprivate init(_ node: Node, at path: FilePath) {
    let kind: Kind =
      switch node.type {
      case .file: .file(size: node.size)
      case .dir: .folder
      case .symlink: .link(target: node.linkTarget)
      default: .other
      }
    self.init(path: path, kind: kind, userID: node.userID, user: node.user, handle: node)
  }
}
