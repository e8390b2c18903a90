import Machine
import RepositoryFormat

/// The parent snapshot's nodes of one directory, asked for in the order of their names.
struct ParentCursor {
  private let nodes: [Node]
  private var next = 0

  /// Takes the nodes of a tree, sorted or not.
  init(_ nodes: [Node]) {
    let isSorted = zip(nodes, nodes.dropFirst()).allSatisfy { Self.order($0.name, $1.name) < 0 }
    self.nodes = isSorted ? nodes : nodes.sorted { Self.order($0.name, $1.name) < 0 }
  }

  /// The node called `name`; names are asked for in ascending order.
  mutating func find(_ name: UnsafeRawBufferPointer) -> Node? {
    while next < nodes.count {
      let order = nodes[next].name.withUnsafeBytes { compareBytes($0, name) }
      if order > 0 { return nil }
      next += 1
      if order == 0 { return nodes[next - 1] }
    }
    return nil
  }

  private static func order(_ left: [UInt8], _ right: [UInt8]) -> Int {
    left.withUnsafeBytes { left in right.withUnsafeBytes { compareBytes(left, $0) } }
  }
}
