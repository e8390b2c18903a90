import Machine
import RepositoryFormat
import Synchronization

/// A directory whose tree waits for its children.
///
/// `@unchecked Sendable`: `parent` is changed only when nobody else holds the record, or by the
/// one who completed it; everything else that changes is in the mutex.
final class DirectoryRecord: @unchecked Sendable {
  private struct State {
    var nodes: [Node?]
    /// Children that are not done, and the walker while it is inside.
    var pending: Int
    /// The parent snapshot's tree of this directory and how many nodes it has, when children may
    /// be its nodes.
    var formerTree: (id: BlobID, count: Int)?
    /// How many children are nodes of that tree.
    var sameCount = 0
    /// Whether there are others.
    var hasOthers = false

    mutating func put(_ child: Node, at slot: Int, _ isFormer: Bool) {
      nodes[slot] = child
      if isFormer { sameCount += 1 } else { hasOthers = true }
    }
  }

  /// Where it stands among its parent's children.
  let slot: Int
  /// The name inside the snapshot; empty for the root.
  let name: FileName
  /// The directory's own node, without its subtree.
  let node: Node
  /// What the parent snapshot has at this path.
  let former: Node?
  /// Whether `node` is that.
  let isFormer: Bool
  /// Where it was read, when that is not its parent's path and its name.
  let originalPath: FilePath?
  /// Whether the file system says that it is what the parent has, with everything below.
  let isUnwritten: Bool
  let started: ContinuousClock.Instant?
  private(set) var parent: DirectoryRecord?
  private let state: Mutex<State>

  init(
    slot: Int,
    name: FileName,
    node: Node,
    former: Node?,
    isFormer: Bool = false,
    originalPath: FilePath?,
    childrenMax: Int,
    parent: DirectoryRecord?,
    isUnwritten: Bool = false,
    started: ContinuousClock.Instant? = nil
  ) {
    self.slot = slot
    self.name = name
    self.node = node
    self.former = former
    self.isFormer = isFormer
    self.originalPath = originalPath
    self.parent = parent
    self.isUnwritten = isUnwritten
    self.started = started
    state = Mutex(State(nodes: Array(repeating: nil, count: childrenMax), pending: 1))
  }

  deinit {
    // One after the other: thousands of levels would not fit on the stack.
    var next = parent
    parent = nil
    while let record = next, isKnownUniquelyReferenced(&next) {
      next = record.parent
      record.parent = nil
    }
  }

  /// Announces a child that will be completed later.
  func expectChild() { state.withLock { $0.pending += 1 } }

  /// Says which tree the parent snapshot has, and how many nodes are in it.
  func expect(_ tree: BlobID, count: Int) { state.withLock { $0.formerTree = (tree, count) } }

  /// Puts a child that is known at once, perhaps the node that the parent snapshot has.
  func add(_ child: Node, at slot: Int, isFormer: Bool = false) {
    state.withLock { $0.put(child, at: slot, isFormer) }
  }

  /// Puts an announced child, or nothing when it could not be read; the walker calls it without
  /// a slot when it leaves.
  ///
  /// - Returns: Whether the directory is complete.
  func complete(_ child: Node?, at slot: Int?, isFormer: Bool = false) -> Bool {
    state.withLock { state in
      if let slot, let child { state.put(child, at: slot, isFormer) }
      state.pending -= 1
      return state.pending == 0
    }
  }

  /// The parent snapshot's tree, when the children are its nodes, all of them and no others.
  var unchangedTree: BlobID? {
    state.withLock { state in
      guard let former = state.formerTree, !state.hasOthers, state.sameCount == former.count else {
        return nil
      }
      return former.id
    }
  }

  /// The children in order; takes them out.
  func takeChildren() -> [Node] {
    state.withLock { state in
      let nodes = state.nodes.compactMap { $0 }
      state.nodes = []
      return nodes
    }
  }

  /// Lets go of the parent, which was told.
  func detach() { parent = nil }

  /// The path inside the snapshot.
  var snapshotPath: FilePath { path(stoppingAtOriginal: false) }

  /// The path as it was read.
  var readPath: FilePath { path(stoppingAtOriginal: true) }

  private func path(stoppingAtOriginal: Bool) -> FilePath {
    var names: [FileName] = []
    var start = FilePath("/")
    var record = self
    while true {
      if stoppingAtOriginal, let original = record.originalPath {
        start = original
        break
      }
      guard let parent = record.parent else { break }
      names.append(record.name)
      record = parent
    }
    return start.appending(names.reversed())
  }
}

extension FilePath {
  /// The path of `name` below this one, whatever bytes it has.
  func appending(_ name: FileName) -> FilePath { appending([name]) }

  /// The path that goes down by `names`; one after the other would take too long in deep trees.
  func appending(_ names: [FileName]) -> FilePath {
    var bytes = withPlatformString { text in
      Array(UnsafeBufferPointer(start: text, count: length))
    }
    for name in names {
      if bytes.last != CChar(bitPattern: UInt8(ascii: "/")) {
        bytes.append(CChar(bitPattern: UInt8(ascii: "/")))
      }
      bytes.append(contentsOf: name.bytes.lazy.map { CChar(bitPattern: $0) })
    }
    bytes.append(0)
    return bytes.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { FilePath(platformString: $0) } ?? self
    }
  }
}
