import RepositoryEngine
import RepositoryFormat

/// A folder's nodes, sorted by name.
final class LoadedTree: Sendable {
  let nodes: [Node]

  /// - Throws: ``RepositoryError``.
  init(_ tree: BlobID, in repository: Repository) throws {
    var nodes: [Node] = []
    for node in try repository.loadTree(tree) {
      // Old snapshots of `.` and `/` hold a folder of that name.
      if node.name == [0x2e] || node.name == [0x2f], let inner = node.subtree {
        nodes += try repository.loadTree(inner)
      } else {
        nodes.append(node)
      }
    }
    nodes.removeAll { !isFileName($0.name) }
    let isSorted = zip(nodes, nodes.dropFirst()).allSatisfy {
      $0.name.lexicographicallyPrecedes($1.name)
    }
    if !isSorted { nodes.sort { $0.name.lexicographicallyPrecedes($1.name) } }
    self.nodes = nodes
  }

  /// The position of a name, from 0 on.
  func position(of name: UnsafeRawBufferPointer) -> Int? {
    var low = 0
    var high = nodes.count
    while low < high {
      let middle = (low + high) / 2
      if nodes[middle].name.lexicographicallyPrecedes(name) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low < nodes.count, nodes[low].name.elementsEqual(name) else { return nil }
    return low
  }
}

/// Whether a file may be called so.
private func isFileName(_ name: [UInt8]) -> Bool {
  !name.isEmpty && name != [0x2e] && name != [0x2e, 0x2e] && !name.contains(0x2f)
    && !name.contains(0)
}
