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
    guard !json.isEmpty else { throw FormatError("config", "it is empty") }
    self = try json.withBytes { (bytes) throws(FormatError) in
      var reader = JSONReader(bytes, subject: "config")
      let file = try ConfigFile(&reader)
      try reader.finish()
      return file
    }
  }

  private init(_ reader: inout JSONReader) throws(FormatError) {
    var version: UInt32 = 0
    var id: Digest?
    var polynomial: RabinPolynomial?
    guard try reader.enterObject() else { throw reader.failure("no config") }
    while let key = try reader.nextKey() {
      switch key {
      case "version": version = try reader.unsigned()
      case "id": id = try reader.digest()
      case "chunker_polynomial": polynomial = RabinPolynomial(hex: try reader.text())
      default: try reader.skipValue()
      }
    }
    guard (1...2).contains(version) else {
      throw FormatError("config", "unknown repository version \(version)")
    }
    guard let id else { throw FormatError("config", "no repository id") }
    guard let polynomial, polynomial.cutsChunks else {
      throw FormatError("config", "the chunker polynomial is not irreducible of degree 53")
    }
    self.init(version: Int(version), id: id, chunkerPolynomial: polynomial)
  }

  /// Returns the JSON, which is sealed but never compressed.
  package func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(#"{"version":"#)
    writer.append(Array("\(version)".utf8))
    writer.append(#","id":"#)
    writer.append(json: id)
    writer.append(#","chunker_polynomial":"#)
    writer.append(json: chunkerPolynomial.hex)
    writer.append("}")
    return writer.copied()
  }
}
