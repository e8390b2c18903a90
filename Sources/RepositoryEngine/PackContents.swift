import RepositoryFormat

/// The blobs of some packs, by pack: 8 bytes for each.
struct PackContents {
  private let index: BlobIndex
  /// Where the pack with each number begins in `places`, and the end of the last.
  private var starts: [Int]
  /// The type in bit 32, the number of the entry below it.
  private var places: [UInt64] = []

  /// - Parameters:
  ///   - index: Of the whole repository.
  ///   - wanted: Whether a pack is asked for, by its number.
  init(_ index: BlobIndex, of wanted: [Bool]) {
    self.index = index
    starts = [Int](repeating: 0, count: index.packs.count + 1)
    for type in [BlobType.data, .tree] {
      index.table(type).forEach { _, entry in
        if wanted[Int(entry.pack)] { starts[Int(entry.pack) + 1] += 1 }
      }
    }
    for pack in index.packs.indices { starts[pack + 1] += starts[pack] }
    places = [UInt64](repeating: 0, count: starts[index.packs.count])
    var next = starts
    for type in [BlobType.data, .tree] {
      let bit: UInt64 = type == .data ? 0 : 1 << 32
      index.table(type).forEach { number, entry in
        guard wanted[Int(entry.pack)] else { return }
        places[next[Int(entry.pack)]] = bit | UInt64(number)
        next[Int(entry.pack)] += 1
      }
    }
  }

  /// What the pack with this number holds, from its beginning to its end.
  func blobs(_ pack: Int) -> [PackedBlob] {
    places[starts[pack]..<starts[pack + 1]].map { place in
      let type: BlobType = place >> 32 == 0 ? .data : .tree
      let entry = index.table(type).entries[UInt32(truncatingIfNeeded: place)]
      return PackedBlob(
        id: entry.id,
        type: type,
        offset: entry.offset,
        length: entry.length,
        uncompressedLength: entry.uncompressedLength
      )
    }.sorted { $0.offset < $1.offset }
  }
}
