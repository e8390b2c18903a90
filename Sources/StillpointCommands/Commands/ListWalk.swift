import Machine
import RepositoryEngine
import RepositoryFormat

/// A walk through a tree that visits what is to be listed, folders before what they hold.
struct ListWalk {
  let repository: Repository
  /// Absolute and normalised; none for everything.
  let folders: [[UInt8]]
  /// Whether what lies in folders of the listed folders is visited.
  let isRecursive: Bool
  let interruption: Interruption

  /// Walks.
  ///
  /// - Parameters:
  ///   - tree: Where to begin.
  ///   - above: Gets what only leads to what is to be listed.
  ///   - leave: Gets every folder that one of the others got, after what it holds.
  ///   - visit: Gets what is to be listed.
  /// - Throws: What these throw, ``RepositoryError``, ``Interrupted``.
  func run(
    _ tree: BlobID,
    above: @escaping (ListItem) throws -> Void = { _ in },
    leave: @escaping (ListItem) throws -> Void = { _ in },
    visit: @escaping (ListItem) throws -> Void
  ) throws {
    let walk = SnapshotWalk(
      repository: repository,
      interruption: interruption,
      visit: { item in
        let isListed = folders.isEmpty || folders.contains { contains(item.path, in: $0) }
        let leadsThere = folders.contains { contains($0, in: item.path) }
        if isListed { try visit(item) } else if leadsThere { try above(item) }
        let isEntered = isListed && isRecursive || leadsThere
        if isListed && !isEntered && item.node.type == .dir { try leave(item) }
        return isEntered
      },
      leave: leave
    )
    try walk.run(tree)
  }

  /// Whether `path` is `folder` or lies below it.
  private func contains(_ path: [UInt8], in folder: [UInt8]) -> Bool {
    if folder == [UInt8(ascii: "/")] { return true }
    return path.starts(with: folder)
      && (path.count == folder.count || path[folder.count] == UInt8(ascii: "/"))
  }
}
