package import Machine
package import RepositoryEngine
package import RepositoryFormat

/// A file to make of a stream.
package struct StreamRequest: Sendable {
  /// Where it stands in the snapshot: absolute, normalised, not the root.
  package var path: FilePath
  /// Of the file and of the directories above it.
  package var time: NodeTime
  /// Who owns the file, and who may do what with it; the directories are ours.
  package var userID = Host.userID
  package var groupID = Host.groupID
  package var permissions: UInt32 = 0o644
  /// `--with-atime`; there is none, so it is the beginning of time.
  package var storesAccessTime = false
  /// The root tree to compare with, for the counts.
  package var parentTree: BlobID?
  /// How many threads hash, compress and seal; nil takes one for each core.
  package var savers: Int?
  package var reportsItems = false
  package var interruption: Interruption

  package init(path: FilePath, time: NodeTime, interruption: Interruption) {
    self.path = path
    self.time = time
    self.interruption = interruption
  }
}

/// Stores a stream as a file, and the directories above it, as restic makes them.
///
/// A stream without a byte gives no file, and a problem in the result.
///
/// - Parameters:
///   - stream: Read to its end.
///   - request: Where the file stands.
///   - repository: For the parent's trees.
///   - saver: Where blobs go.
///   - progress: Told what was done.
///   - onEvent: Called on several threads; must not block.
/// - Returns: The root tree and what is in it.
/// - Throws: Why the stream broke off, ``Interrupted``, or the first error of `saver`.
package func archive(
  _ stream: some ByteStream,
  as request: StreamRequest,
  into repository: Repository,
  saver: BlobSaver,
  progress: ArchiveProgress = ArchiveProgress(),
  onEvent: @escaping @Sendable (ArchiveEvent) -> Void = { _ in }
) throws -> ArchiveResult {
  let start = ContinuousClock.now
  let writer = StreamWriter(saver, progress, request.interruption)
  let chunker = Chunker(repository.config.chunkerPolynomial)
  let content: StreamContent
  do {
    content = try writer.store(stream, chunker, savers: request.savers ?? Host.processorCount)
  } catch let error as CommandError {
    onEvent(.problem(ArchiveProblem(path: request.path, during: "read", cause: error)))
    throw error
  }
  let ledger = ArchiveLedger(
    progress: progress,
    reportsItems: request.reportsItems,
    onEvent: onEvent
  )
  var file: Node?
  if content.size > 0 {
    file = request.node(.file, named: request.path.lastName)
    file?.content = content.blobs
    file?.size = content.size
  } else {
    let fault = ArchiveFault.emptyStream
    ledger.add(ArchiveProblem(path: request.path, during: "read", cause: fault))
  }
  let former = FormerNodes(on: request.path, in: request.parentTree, of: repository)
  var path = request.path
  var node = file
  if let node {
    ledger.add(node, path, former: former[path], stored: content.stored, since: start)
    ledger.addRead(bytes: node.size)
  }
  while true {
    let tree = encodeTree(node.map { [$0] } ?? [])
    let saved = try tree.withUnsafeBytes { try saver.save($0, as: .tree) }
    var stored = StoredBlobs()
    if saved.isNew { stored.add(size: tree.count, stored: saved.storedSize) }
    path = path.removingLast(1)
    if path.components.isEmpty {
      ledger.add(root: stored)
      return ledger.result(saved.id, owners: OwnerNumbers())
    }
    var directory = request.node(.dir, named: path.lastName)
    directory.subtree = saved.id
    ledger.add(directory, path, former: former[path], stored: stored, since: start)
    node = directory
  }
}

extension StreamRequest {
  /// A node as restic makes it of what has no file.
  fileprivate func node(_ type: NodeType, named name: [UInt8]) -> Node {
    var node = Node(name: name, type: type)
    node.mode = goFileMode(fromMode: type == .dir ? 0o040755 : 0o100000 | permissions)
    node.modified = time
    node.changed = time
    node.accessed = storesAccessTime ? NodeTime.never : time
    node.userID = type == .dir ? Host.userID : userID
    node.groupID = type == .dir ? Host.groupID : groupID
    return node
  }
}

extension FilePath {
  fileprivate var lastName: [UInt8] { components.last.map { Array(FileName($0).bytes) } ?? [] }
}

/// The parent snapshot's nodes on the way to a path; those that can't be read count as missing.
private struct FormerNodes {
  private var nodes: [FilePath: Node] = [:]

  init(on path: FilePath, in root: BlobID?, of repository: Repository) {
    var tree = root
    var place: FilePath = "/"
    for component in path.components {
      let name = FileName(component)
      guard let id = tree, let siblings = try? repository.loadTree(id),
        let node = siblings.first(where: { $0.name.elementsEqual(name.bytes) })
      else { return }
      place = place.appending(name)
      nodes[place] = node
      tree = node.subtree
    }
  }

  subscript(path: FilePath) -> Node? { nodes[path] }
}
