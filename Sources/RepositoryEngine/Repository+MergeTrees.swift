package import RepositoryFormat

extension Repository {
  /// Puts trees over each other: a file in several is taken from the last of them, and folders become
  /// one, with the attributes that they have in the first.
  ///
  /// - Parameters:
  ///   - layers: Trees that are in the index or whose upload has ended, the lowest first; at least
  ///     one.
  ///   - saver: Stores what is new.
  /// - Returns: The tree of all.
  /// - Throws: ``RepositoryError`` when a tree can't be read, or when something is a folder in one and a
  ///   file in another, and the errors of `saver`.
  package func mergeTrees(_ layers: [BlobID], with saver: BlobSaver) throws -> BlobID {
    if Set(layers).count == 1 { return layers[0] }
    var nodes: [Node] = []
    var places: [[UInt8]: Int] = [:]
    // What is new is not in the index yet, so that each folder is merged at once and not in turns.
    var folders: [[BlobID]] = []
    for node in try layers.flatMap({ try loadTree($0) }) {
      if let place = places[node.name] {
        guard (node.subtree == nil) == folders[place].isEmpty else {
          let name = String(decoding: node.name, as: UTF8.self)
          throw failure(.misuse("\(name) would be both a folder and a file"))
        }
        if let subtree = node.subtree {
          folders[place].append(subtree)
        } else {
          nodes[place] = node
        }
      } else {
        places[node.name] = nodes.count
        nodes.append(node)
        folders.append(node.subtree.map { [$0] } ?? [])
      }
    }
    for place in nodes.indices where !folders[place].isEmpty {
      nodes[place].subtree = try mergeTrees(folders[place], with: saver)
    }
    nodes.sort { $0.name.lexicographicallyPrecedes($1.name) }
    return try encodeTree(nodes).withUnsafeBytes { try saver.save($0, as: .tree).id }
  }
}
