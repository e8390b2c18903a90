/// A repository's config: its format version, its identity, and where its chunks are cut.
package struct ConfigFile: Hashable, Sendable {
  /// 1 or 2.
  package var version: Int
  package var id: Digest
  package var chunkerPolynomial: RabinPolynomial

  package init(version: Int, id: Digest, chunkerPolynomial: RabinPolynomial) {
    self.version = version
    self.id = id
    self.chunkerPolynomial = chunkerPolynomial
  }

  /// Reads a config; unknown keys are ignored.
  ///
  /// - Throws: ``FormatError`` when it is none, its version is unknown or its polynomial is not
  ///   irreducible.
  package init(parsing json: [UInt8]) throws(FormatError) {
    throw FormatError("config", "comes next")
  }

  /// Returns the JSON, which is sealed but never compressed.
  package func encoded() -> [UInt8] { [] }
}
