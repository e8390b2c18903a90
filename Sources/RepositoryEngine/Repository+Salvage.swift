package import Machine
import ObjectStorage
package import RepositoryFormat

extension Repository {
  /// Stores what is whole in damaged packs once more, in new ones.
  ///
  /// - Parameters:
  ///   - packs: The damaged packs.
  ///   - saver: Stores what is whole.
  ///   - interruption: Asked between packs.
  ///   - onPack: Called for each pack.
  ///   - onProblem: Called with what can't be saved.
  /// - Throws: ``StoreError`` when something can't be stored, or can't be read for another reason
  ///   than damage; ``Interrupted``.
  package func salvage(
    _ packs: [PackID],
    with saver: BlobSaver,
    interruption: Interruption = Interruption(),
    onPack: () -> Void,
    onProblem: (String) -> Void
  ) throws {
    let indexed = indexedBlobs(of: Set(packs))
    for pack in packs {
      try interruption.check()
      let named = indexed[pack] ?? []
      let held = try readableHeader(of: pack)
      if named.isEmpty && held.isEmpty {
        onProblem("no blobs found for pack \(pack.digest.hex)")
      }
      try salvage(named, from: pack, saver, onProblem)
      if !held.isEmpty && Set(held) != Set(named) {
        onProblem("repairing incomplete index entry for pack \(pack.digest.hex)")
        try salvage(held, from: pack, saver, onProblem)
      }
      onPack()
    }
  }

  /// Reads a pack as it is, whole or not.
  ///
  /// - Throws: ``StoreError``.
  package func loadDamagedPack(_ pack: PackID) throws -> [UInt8] {
    try store.get(ObjectName(kind: FileKind.data.rawValue, name: pack.digest.hex))
  }

  private func salvage(
    _ blobs: [PackedBlob],
    from pack: PackID,
    _ saver: BlobSaver,
    _ onProblem: (String) -> Void
  ) throws {
    for blob in blobs.sorted(by: { $0.offset < $1.offset }) {
      let plain: [UInt8]
      do {
        plain = try loadCopy(of: blob.id, at: BlobLocation(blob, in: pack))
      } catch  where isLoss(error) {
        onProblem("failed to load blob \(blob.id.digest.hex): \(explained(error))")
        continue
      }
      try plain.withUnsafeBytes { try saver.saveAgain($0, as: blob.type, id: blob.id) }
    }
  }

  /// What a pack's header names; nothing when it is damaged.
  private func readableHeader(of pack: PackID) throws -> [PackedBlob] {
    let name = ObjectName(kind: FileKind.data.rawValue, name: pack.digest.hex)
    do {
      return try readingAgain {
        let stored = StoredPack(id: pack, size: try store.size(of: name))
        return try codecs.with { try PackReader(store, stored).header($0.sealer) }
      }
    } catch  where isLoss(error) {
      return []
    }
  }

  /// What the index names of each of some packs.
  private func indexedBlobs(of packs: Set<PackID>) -> [PackID: [PackedBlob]] {
    var found: [PackID: [PackedBlob]] = [:]
    guard let index = loadedIndex else { return found }
    for type in [BlobType.data, .tree] {
      index.table(type).entries.forEach { _, entry in
        let pack = index.packs[Int(entry.pack)]
        guard packs.contains(pack) else { return }
        found[pack, default: []].append(
          PackedBlob(
            id: entry.id,
            type: type,
            offset: entry.offset,
            length: entry.length,
            uncompressedLength: entry.uncompressedLength
          )
        )
      }
    }
    return found
  }
}
