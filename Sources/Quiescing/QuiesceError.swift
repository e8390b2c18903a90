/// Why an application isn't held.
package struct QuiesceError: Error, Hashable, CustomStringConvertible {
  /// In lower case and without a period, such as `it is locked by firefox (pid 12)`.
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// There is nothing to hold any more: a database that was removed meanwhile, a server that ended
/// as it should.
package struct ApplicationGone: Error, Hashable {
  package init() {}
}
