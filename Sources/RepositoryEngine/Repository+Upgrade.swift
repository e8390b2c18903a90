import Machine
import ObjectStorage
import RepositoryFormat

extension Repository {
  private static let configName = ObjectName(kind: FileKind.config.rawValue, name: "")

  /// The config as it is stored, for a copy of it.
  ///
  /// - Throws: ``StoreError``.
  package func loadSealedConfig() throws -> [UInt8] { try store.get(Self.configName) }

  /// Makes a repository of version 2 of one of version 1, so that blobs may be compressed.
  ///
  /// The config is replaced and read back; when that fails the old one is put back.
  ///
  /// - Throws: ``RepositoryError`` for another version or a config that doesn't read back,
  ///   ``StoreError``.
  package func upgrade() throws {
    guard config.version == 1 else {
      let version = config.version
      throw failure(
        .misuse("repository has version \(version), only upgrades from version 1 are supported")
      )
    }
    var new = config
    new.version = 2
    let old = try loadSealedConfig()
    do {
      try replaceConfig(codecs.with { $0.sealer.sealed(new.encoded()) })
      let stored = try loadSealedConfig()
      guard try ConfigFile(parsing: codecs.with { try $0.sealer.opened(stored) }) == new else {
        throw failure(.badVerification("config"))
      }
    } catch {
      // The first error is the one to report; the caller has a copy.
      try? replaceConfig(old)
      throw error
    }
  }

  private func replaceConfig(_ sealed: [UInt8]) throws {
    if !store.properties.replacesAtomically { try store.remove(Self.configName) }
    try store.put(Self.configName, sealed)
  }
}
