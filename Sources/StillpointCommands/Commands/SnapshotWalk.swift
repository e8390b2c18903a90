import Machine
import RepositoryEngine
import RepositoryFormat

/// A node and where it stands.
struct ListItem {
  /// Within what is walked, beginning with a slash.
  var path: [UInt8]
  var node: Node
  /// The tree that holds the node.
  var parent: BlobID

  /// What follows the last point of the name, with the point.
  var fileExtension: ArraySlice<UInt8> {
    node.name.lastIndex(of: UInt8(ascii: ".")).map { node.name[$0...] } ?? []
  }
}

/// A walk through a tree, folders before what they hold.
struct SnapshotWalk {
  let repository: Repository
  let interruption: Interruption
  /// Gets each node; for a folder it returns whether to walk through it.
  var visit: (ListItem) throws -> Bool = { _ in true }
  /// Gets each folder that was walked through, afterwards.
  var leave: (ListItem) throws -> Void = { _ in }
  /// Gets a tree that can't be loaded, whose nodes are then left out; nil ends the walk with the
  /// error.
  var onDamaged: ((BlobID, RepositoryError) throws -> Void)?

  /// - Throws: What the closures throw, ``RepositoryError``, ``Interrupted``.
  func run(_ tree: BlobID) throws { try run(tree, at: []) }

  private func run(_ tree: BlobID, at folder: [UInt8]) throws {
    for node in try nodes(of: tree) {
      try interruption.check()
      let path = folder + [UInt8(ascii: "/")] + node.name
      let item = ListItem(path: path, node: node, parent: tree)
      guard try visit(item), let subtree = node.subtree else { continue }
      try run(subtree, at: path)
      try leave(item)
    }
  }

  private func nodes(of tree: BlobID) throws -> [Node] {
    do {
      return try repository.loadTree(tree)
    } catch let error as RepositoryError {
      guard let onDamaged else { throw error }
      try onDamaged(tree, error)
      return []
    }
  }
}
