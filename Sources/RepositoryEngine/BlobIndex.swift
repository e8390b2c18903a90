import RepositoryFormat

/// What all index files of a repository say: where each blob is.
///
/// It doesn't change.
final class BlobIndex: Sendable {
  let data: BlobTable
  let trees: BlobTable
  let packs: [PackID]

  init(data: BlobSegments, trees: BlobSegments, packs: [PackID]) {
    self.data = BlobTable(data)
    self.trees = BlobTable(trees)
    self.packs = packs
  }

  func table(_ type: BlobType) -> BlobTable { type == .data ? data : trees }

  func contains(_ type: BlobType, _ id: BlobID) -> Bool { table(type).first(id) != nil }

  func locations(_ type: BlobType, _ id: BlobID) -> [BlobLocation] {
    let table = table(type)
    return table.numbers(id).map { number in
      let entry = table.entries[number]
      return BlobLocation(entry, in: packs[Int(entry.pack)])
    }
  }
}

extension BlobLocation {
  init(_ entry: BlobEntry, in pack: PackID) {
    self.init(
      pack: pack,
      offset: entry.offset,
      length: entry.length,
      uncompressedLength: entry.uncompressedLength
    )
  }

  init(_ blob: PackedBlob, in pack: PackID) {
    self.init(
      pack: pack,
      offset: blob.offset,
      length: blob.length,
      uncompressedLength: blob.uncompressedLength
    )
  }
}
