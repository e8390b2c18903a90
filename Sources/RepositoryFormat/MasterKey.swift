/// The keys that seal every file of a repository.
package struct MasterKey: Hashable, Sendable {
  /// The AES-256 key, 32 bytes.
  package let encrypt: [UInt8]
  /// The AES-128 key that makes Poly1305's addend, 16 bytes.
  package let macK: [UInt8]
  /// Poly1305's multiplier, 16 bytes, clamped only when it is used.
  package let macR: [UInt8]

  /// Makes a key of its three parts.
  ///
  /// - Throws: ``FormatError`` when a part has the wrong length or is all zeros.
  package init(encrypt: [UInt8], macK: [UInt8], macR: [UInt8]) throws(FormatError) {
    guard encrypt.count == 32, macK.count == 16, macR.count == 16 else {
      throw FormatError("key", "a part has the wrong length")
    }
    guard [encrypt, macK, macR].allSatisfy({ $0.contains { $0 != 0 } }) else {
      throw FormatError("key", "a part is all zeros")
    }
    self.encrypt = encrypt
    self.macK = macK
    self.macR = macR
  }

  /// Reads 64 bytes: `encrypt`, `macK`, `macR`.
  init(derived bytes: [UInt8]) throws(FormatError) {
    precondition(bytes.count == 64, "a derived key has 64 bytes")
    try self.init(
      encrypt: Array(bytes[..<32]),
      macK: Array(bytes[32..<48]),
      macR: Array(bytes[48...])
    )
  }

  /// Makes a new key.
  package static func random() -> MasterKey {
    while true {
      // Zero parts have a probability of 2^-128; the loop is for the compiler.
      if let key = try? MasterKey(derived: randomBytes(64)) { return key }
    }
  }
}
