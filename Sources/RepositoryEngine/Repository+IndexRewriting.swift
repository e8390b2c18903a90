package import Machine
package import RepositoryFormat

extension Repository {
  /// Writes index files anew, without some packs, and with every other pack named once.
  ///
  /// Full files that are right already stay. When this returns the new files are durable; the
  /// old ones are still there, and what they say beside the new ones does no harm.
  ///
  /// - Parameters:
  ///   - names: The files to look at.
  ///   - excluded: Packs that are left out.
  ///   - interruption: Asked for each file.
  ///   - onFile: Called for each file.
  /// - Returns: The files that are to be removed now, with ``removeFile(_:_:)``.
  /// - Throws: ``RepositoryError`` naming a damaged file, ``StoreError``, ``Interrupted``.
  package func rewriteIndexFiles(
    _ names: [String],
    without excluded: Set<PackID>,
    interruption: Interruption = Interruption(),
    onFile: () -> Void = {}
  ) throws -> [String] {
    let new = PendingIndex(self)
    var named: Set<NamedPack> = []
    var old: [String] = []
    for name in names {
      try interruption.check()
      let packs = try readPacks(ofIndexFile: name)
      let keys = packs.map { NamedPack($0.key, $0.value) }
      let isFull = packs.reduce(0) { $0 + $1.value.count } >= options.indexBlobsMax
      let isRight = isFull && keys.allSatisfy { !excluded.contains($0.id) && !named.contains($0) }
      if isRight {
        named.formUnion(keys)
      } else {
        old.append(name)
        for (key, pack) in zip(keys, packs) where !excluded.contains(key.id) {
          if named.insert(key).inserted { try new.add(pack.key, pack.value) }
        }
      }
      onFile()
    }
    try new.write()
    return old
  }

  private func readPacks(
    ofIndexFile name: String
  ) throws -> [(key: PackID, value: [PackedBlob])] {
    var packs: [PackID: [PackedBlob]] = [:]
    try readIndexFile(name) { packs[$0, default: []].append($1) }
    return packs.sorted { $0.key < $1.key }
  }
}

/// A pack as an index file describes it: another one may say something else of the same pack.
private struct NamedPack: Hashable {
  let id: PackID
  let fingerprint: UInt64
  let blobs: Int

  init(_ id: PackID, _ blobs: [PackedBlob]) {
    var pack = IndexedPack()
    for blob in blobs { pack.add(blob) }
    self.id = id
    fingerprint = pack.fingerprint
    self.blobs = pack.blobs
  }
}
