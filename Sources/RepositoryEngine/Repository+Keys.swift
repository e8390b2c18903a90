import Machine
import ObjectStorage
package import RepositoryFormat

/// A key as the repository holds it.
package struct StoredKey: Hashable, Sendable {
  package var name: String
  package var file: KeyFile
}

extension Repository {
  /// All keys, by name.
  ///
  /// - Parameter onDamaged: Called for every key that can't be read, which is then left out.
  /// - Returns: The others.
  /// - Throws: ``StoreError``.
  package func keys(onDamaged: (RepositoryError) -> Void) throws -> [StoredKey] {
    try names(of: .key).compactMap { name -> StoredKey? in
      do {
        return StoredKey(name: name, file: try KeyFile(parsing: loadFile(.key, name)))
      } catch let error as RepositoryError {
        onDamaged(error)
      } catch let error as FormatError {
        onDamaged(failure(.damaged(.key, name: name), error))
      }
      return nil
    }
  }

  /// Adds a key that opens the repository with another password.
  ///
  /// It is stored, read back and opened: a key that can't be opened is removed again.
  ///
  /// - Parameters:
  ///   - password: As typed.
  ///   - username: Whose it is; nil for the user who runs this.
  ///   - hostname: Where it is used; nil for this machine.
  ///   - scrypt: What opening costs; nil for what a new repository takes.
  /// - Returns: The key.
  /// - Throws: ``StoreError``, ``KeyError``, ``RepositoryError`` when it doesn't open.
  package func addKey(
    password: [UInt8],
    username: String? = nil,
    hostname: String? = nil,
    scrypt: ScryptParameters? = nil
  ) throws -> StoredKey {
    let file = try Self.makeKey(for: key, password, scrypt, username, hostname)
    let bytes = file.encoded()
    let name = sha256(bytes).hex
    try store.put(ObjectName(kind: FileKind.key.rawValue, name: name), bytes)
    do {
      let stored = try KeyFile(parsing: loadFile(.key, name))
      guard try stored.open(password: password) == key else {
        throw failure(.badVerification("key"))
      }
      return StoredKey(name: name, file: stored)
    } catch {
      // The others still open the repository; this one does no harm when it can't be removed.
      try? removeFile(.key, name)
      throw error
    }
  }

  /// Adds a key and removes the one that opened the repository.
  ///
  /// - Parameters:
  ///   - password: As typed.
  ///   - username: Whose it is; nil for the user who runs this.
  ///   - hostname: Where it is used; nil for this machine.
  ///   - scrypt: What opening costs; nil for what a new repository takes.
  /// - Returns: The new key.
  /// - Throws: As ``addKey(password:username:hostname:scrypt:)``; when the old key can't be removed there are both.
  package func replaceKey(
    password: [UInt8],
    username: String? = nil,
    hostname: String? = nil,
    scrypt: ScryptParameters? = nil
  ) throws -> StoredKey {
    let new = try addKey(
      password: password,
      username: username,
      hostname: hostname,
      scrypt: scrypt
    )
    try removeFile(.key, keyName)
    return new
  }

  /// Removes a key.
  ///
  /// - Throws: ``RepositoryError`` for the key that opened the repository, ``StoreError``.
  package func removeKey(_ name: String) throws {
    if name == keyName {
      throw failure(.misuse("refusing to remove key currently used to access repository"))
    }
    try removeFile(.key, name)
  }

  /// Wraps `master`.
  static func makeKey(
    for master: MasterKey,
    _ password: [UInt8],
    _ scrypt: ScryptParameters?,
    _ username: String? = nil,
    _ hostname: String? = nil
  ) throws -> KeyFile {
    let now = Host.now
    return try KeyFile.create(
      password: password,
      master: master,
      created: NodeTime(seconds: now.seconds, nanoseconds: now.nanoseconds),
      username: username ?? Host.userName,
      hostname: hostname ?? Host.name,
      parameters: scrypt ?? ScryptParameters.calibrated()
    )
  }
}
