import Machine
import RepositoryEngine
import RepositoryFormat

/// A node and where it stands.
struct ListItem {
  /// Within what is listed, beginning with a slash.
  var path: [UInt8]
  var node: Node

  /// What follows the last point of the name, with the point.
  var fileExtension: ArraySlice<UInt8> {
    node.name.lastIndex(of: UInt8(ascii: ".")).map { node.name[$0...] } ?? []
  }
}

/// A walk through a tree that visits what is to be listed, folders before what they hold.
struct ListWalk {
  let repository: Repository
  /// Absolute and normalised; none for everything.
  let folders: [[UInt8]]
  /// Whether what lies in folders of the listed folders is visited.
  let isRecursive: Bool
  let interruption: Interruption

  /// - Throws: What `visit` throws, ``RepositoryError``, ``Interrupted``.
  func run(_ tree: BlobID, visit: (ListItem) throws -> Void) throws {
    try run(tree, at: [], visit)
  }

  private func run(
    _ tree: BlobID,
    at parent: [UInt8],
    _ visit: (ListItem) throws -> Void
  ) throws {
    for node in try repository.loadTree(tree) {
      try interruption.check()
      let path = parent + [UInt8(ascii: "/")] + node.name
      let isListed = folders.isEmpty || folders.contains { contains(path, in: $0) }
      if isListed { try visit(ListItem(path: path, node: node)) }
      let leadsThere = folders.contains { contains($0, in: path) }
      if let subtree = node.subtree, isListed && isRecursive || leadsThere {
        try run(subtree, at: path, visit)
      }
    }
  }

  /// Whether `path` is `folder` or lies below it.
  private func contains(_ path: [UInt8], in folder: [UInt8]) -> Bool {
    if folder == [UInt8(ascii: "/")] { return true }
    return path.starts(with: folder)
      && (path.count == folder.count || path[folder.count] == UInt8(ascii: "/"))
  }
}
