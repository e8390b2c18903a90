import Machine
import RepositoryFormat

/// The parent snapshot's nodes of one directory, asked for in the order of their names.
struct ParentCursor {
  private let nodes: [Node]
  private var next = 0
  /// Which of the nodes are accounted for.
  private var accounted: Set<Int> = []

  /// Takes the nodes of a tree, sorted or not.
  init(_ nodes: [Node]) {
    let isSorted = zip(nodes, nodes.dropFirst()).allSatisfy { Self.order($0.name, $1.name) < 0 }
    self.nodes = isSorted ? nodes : nodes.sorted { Self.order($0.name, $1.name) < 0 }
  }

  /// The node called `name`; names are asked for in ascending order, one perhaps several times.
  mutating func find(_ name: UnsafeRawBufferPointer) -> Node? {
    while next < nodes.count {
      let order = nodes[next].name.withUnsafeBytes { compareBytes($0, name) }
      if order > 0 { return nil }
      if order == 0 { return nodes[next] }
      next += 1
    }
    return nil
  }

  /// Says that the node that was found last is taken over, or that its tree is read.
  mutating func account() { accounted.insert(next) }

  /// The trees of the directories that are not accounted for.
  var subtreesLeft: [BlobID] {
    nodes.indices.compactMap { accounted.contains($0) ? nil : nodes[$0].subtree }
  }

  private static func order(_ left: [UInt8], _ right: [UInt8]) -> Int {
    left.withUnsafeBytes { left in right.withUnsafeBytes { compareBytes(left, $0) } }
  }
}
