import Machine
import ObjectStorage
package import RepositoryFormat

// Files whose name is their hash, and the JSON in them.
extension Repository {
  /// The names of the files of a kind, in order.
  ///
  /// - Throws: ``StoreError`` when they can't be listed.
  package func names(of kind: FileKind) throws -> [String] {
    try store.list(kind.rawValue).map(\.name.name).sorted()
  }

  /// The name of the one file of `kind` that begins with `prefix`.
  ///
  /// - Throws: ``RepositoryError`` with `noMatch` or `ambiguous`; ``StoreError``.
  package func name(of kind: FileKind, matching prefix: String) throws -> String {
    let found = prefix.isEmpty ? [] : try names(of: kind).filter { $0.hasPrefix(prefix) }
    guard let first = found.first else { throw failure(.noMatch(kind, prefix: prefix)) }
    if found.count > 1 { throw failure(.ambiguous(kind, prefix: prefix)) }
    return first
  }

  /// Reads a file as it is stored.
  ///
  /// - Throws: ``StoreError`` when it can't be read, ``RepositoryError`` when its bytes don't
  ///   have the hash that is its name, twice.
  package func loadFile(_ kind: FileKind, _ name: String) throws -> [UInt8] {
    try loadVerified(kind, name, from: store)
  }

  /// Reads the JSON of an index, a snapshot or a lock.
  ///
  /// - Throws: ``StoreError`` when it can't be read, ``RepositoryError`` when it is damaged.
  package func loadUnpacked(_ kind: FileKind, _ name: String) throws -> [UInt8] {
    let sealed = try loadFile(kind, name)
    do {
      return try decodeUnpacked(codecs.with { try $0.sealer.opened(sealed) })
    } catch {
      throw failure(.damaged(kind, name: name), error)
    }
  }

  /// Stores the JSON of an index, a snapshot or a lock, after reading back what it makes of it.
  ///
  /// - Throws: ``StoreError``, or ``RepositoryError`` when it doesn't read back.
  func saveUnpacked(_ kind: FileKind, _ json: [UInt8]) throws -> Digest {
    let (id, sealed) = try sealUnpacked(kind, json)
    try store.put(ObjectName(kind: kind.rawValue, name: id.hex), sealed)
    return id
  }

  /// What ``saveUnpacked(_:_:)`` stores, and under which name.
  package func sealUnpacked(_ kind: FileKind, _ json: [UInt8]) throws -> (Digest, sealed: [UInt8]) {
    let plaintext = try encodeUnpacked(json, version: config.version)
    let sealed = codecs.with { $0.sealer.sealed(plaintext) }
    let isSound = try codecs.with { try decodeUnpacked($0.sealer.opened(sealed)) == json }
    if !isSound { throw failure(.badVerification(kind.word)) }
    return (sha256(sealed), sealed)
  }

  /// Removes a file.
  ///
  /// - Throws: ``StoreError``.
  package func removeFile(_ kind: FileKind, _ name: String) throws {
    try store.remove(ObjectName(kind: kind.rawValue, name: name))
  }
}

/// Reads a file whose name is the hash of its bytes; once more when that isn't so.
func loadVerified(
  _ kind: FileKind,
  _ name: String,
  from store: any ObjectStore
) throws -> [UInt8] {
  for _ in 0..<2 {
    let bytes = try store.get(ObjectName(kind: kind.rawValue, name: name))
    if sha256(bytes).hex == name { return bytes }
  }
  throw RepositoryError(.damaged(kind, name: name), at: store.location, cause: WrongHash())
}

/// The bytes of a file or blob don't have the hash by which it is known.
struct WrongHash: Error, Hashable, CustomStringConvertible {
  var description: String { "its content doesn't have the SHA-256 by which it is known" }
}
