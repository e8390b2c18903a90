extension Node {
  /// Whether all that is stored of both is the same: moments in whatever zones, attributes in
  /// whatever order.
  package func isSame(as other: Node) -> Bool { normalized == other.normalized }

  private var normalized: Node {
    var node = self
    node.modified.utcOffset = 0
    node.accessed.utcOffset = 0
    node.changed.utcOffset = 0
    node.attributes.sort { $0.name.lexicographicallyPrecedes($1.name) }
    return node
  }
}
