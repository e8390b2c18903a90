import ObjectStorage
package import RepositoryFormat

/// A pack that the store holds.
package struct StoredPack: Hashable, Sendable {
  package var id: PackID
  /// In bytes.
  package var size: UInt64
}

extension Repository {
  /// The packs that the store holds, by their ids.
  ///
  /// - Throws: ``StoreError`` when they can't be listed.
  package func packs() throws -> [StoredPack] {
    try store.list(FileKind.data.rawValue).compactMap { object in
      Digest(hex: object.name.name).map { StoredPack(id: PackID($0), size: object.size) }
    }
    .sorted { $0.id < $1.id }
  }

  /// The blobs in a pack, by its own header.
  ///
  /// - Throws: ``RepositoryError`` when it is damaged, ``StoreError``.
  package func blobs(in pack: StoredPack) throws -> [PackedBlob] {
    do {
      return try codecs.with { try PackReader(store, pack).header($0.sealer) }
    } catch let error as StoreError {
      throw error
    } catch {
      throw failure(.damaged(.data, name: pack.id.digest.hex), error)
    }
  }

  /// Calls `body` with every copy of a blob that the loaded index knows.
  package func forEachIndexedBlob(
    _ body: (BlobType, BlobID, BlobLocation) throws -> Void
  ) rethrows {
    guard let index = loadedIndex else { return }
    for type in [BlobType.data, .tree] {
      try index.table(type).entries.forEach { _, entry in
        try body(type, entry.id, BlobLocation(entry, in: index.packs[Int(entry.pack)]))
      }
    }
  }
}
