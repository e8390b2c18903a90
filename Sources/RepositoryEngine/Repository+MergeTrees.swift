package import RepositoryFormat

extension Repository {
  /// Puts one tree over another: what is in both is taken from the upper one, except that folders in
  /// both become one, with the attributes of the lower one.
  ///
  /// - Parameters:
  ///   - upper: A tree that was just stored or is in the index.
  ///   - lower: The same.
  ///   - saver: Stores what is new.
  /// - Returns: The tree of both.
  /// - Throws: ``RepositoryError`` when a tree can't be read, and the errors of `saver`.
  package func mergeTree(
    _ upper: BlobID,
    over lower: BlobID,
    with saver: BlobSaver
  ) throws -> BlobID {
    if upper == lower { return lower }
    var nodes = try loadTree(lower)
    for var node in try loadTree(upper) {
      guard let place = nodes.firstIndex(where: { $0.name == node.name }) else {
        nodes.append(node)
        continue
      }
      if let above = node.subtree, let below = nodes[place].subtree {
        node = nodes[place]
        node.subtree = try mergeTree(above, over: below, with: saver)
      }
      nodes[place] = node
    }
    nodes.sort { $0.name.lexicographicallyPrecedes($1.name) }
    return try encodeTree(nodes).withUnsafeBytes { try saver.save($0, as: .tree).id }
  }
}
