/// Why a key file didn't give its master key.
package enum KeyError: Error, Hashable, CustomStringConvertible {
  /// The password is not this key's; another key may fit.
  case wrongPassword
  /// The derivation can't be run: its parameters are impossible or ask for too much memory.
  case derivation(ScryptParameters)

  package var description: String {
    switch self {
    case .wrongPassword: "wrong password"
    case .derivation(let parameters): "can't derive a key with scrypt \(parameters)"
    }
  }
}

/// A key file: the master key, sealed with a key that scrypt derives from a password.
///
/// It is plain JSON; its name is the SHA-256 of the bytes as stored.
package struct KeyFile: Hashable, Sendable {
  package var created: NodeTime
  package var username: String
  package var hostname: String
  package var parameters: ScryptParameters
  package var salt: [UInt8]
  /// The master key as JSON, sealed with the derived key.
  package var data: [UInt8]

  /// Reads a key file.
  ///
  /// - Throws: ``FormatError`` when it is not one.
  package init(parsing json: [UInt8]) throws(FormatError) {
    throw FormatError("key", "comes next")
  }

  /// Returns the file's bytes.
  package func encoded() -> [UInt8] { [] }

  /// Wraps `master` with `password` and a new salt.
  ///
  /// - Throws: ``KeyError/derivation(_:)`` when scrypt can't run with `parameters`.
  package static func create(
    password: [UInt8],
    master: MasterKey,
    created: NodeTime,
    username: String,
    hostname: String,
    parameters: ScryptParameters
  ) throws(KeyError) -> KeyFile {
    throw .wrongPassword
  }

  /// Returns the master key.
  ///
  /// - Throws: ``KeyError``, or ``FormatError`` when what was sealed is not a master key.
  package func open(password: [UInt8]) throws -> MasterKey {
    throw KeyError.wrongPassword
  }
}
