import Machine
import RepositoryEngine
import RepositoryFormat

/// The parent snapshot's trees, loaded ahead of the walk: that asks for them in the order in which
/// they are loaded, depth first and by name, but for some that it doesn't need.
final class ParentTrees: Sendable {
  private struct Loaded {
    let tree: BlobID
    /// Nil when it could not be read.
    let nodes: [Node]?
  }

  private struct Stopped: Error {}

  /// How many nodes may wait.
  private static let nodesMax = 8192
  /// How many trees are passed over in search of one.
  private static let skipsMax = 64

  private let repository: Repository
  /// Where loading ahead begins; nil when every tree is loaded only when it is asked for.
  private let root: BlobID?
  private let ahead = BoundedQueue<Loaded>(weightMax: nodesMax) { 1 + ($0.nodes?.count ?? 0) }

  init(_ repository: Repository, aheadFrom root: BlobID?) {
    self.repository = repository
    self.root = root
  }

  /// Loads the root and everything below it, until ``stop()``.
  func loadAhead() {
    var pending = root.map { [$0] } ?? []
    while let tree = pending.popLast() {
      let nodes = try? repository.loadTree(tree)
      do { try ahead.push(Loaded(tree: tree, nodes: nodes)) } catch { return }
      pending += (nodes ?? []).reversed().compactMap(\.subtree)
    }
    ahead.close()
  }

  /// Has every tree loaded only when it is asked for.
  func stop() { ahead.fail(Stopped()) }

  /// The nodes of a tree.
  ///
  /// - Throws: ``RepositoryError`` when it can't be read.
  func take(_ tree: BlobID) throws -> [Node] {
    for _ in 0...Self.skipsMax {
      guard let loaded = try? ahead.pop() else { break }
      if loaded.tree == tree { return try loaded.nodes ?? repository.loadTree(tree) }
    }
    stop()
    return try repository.loadTree(tree)
  }
}
