import RepositoryFormat

/// What of a pack is needed, by the index.
struct PackUse {
  enum Content {
    case nothing, data, trees, both
  }

  var usedBlobs = 0
  var unusedBlobs = 0
  /// Of the unused ones those that are needed, but have other copies.
  var duplicateBlobs = 0
  /// In bytes, with the header.
  var usedSize = UInt64(Sealer.overhead + PackLayout.lengthFieldSize)
  var unusedSize: UInt64 = 0
  var content = Content.nothing
  var isUncompressed = false

  var size: UInt64 { usedSize + unusedSize }

  fileprivate mutating func add(_ type: BlobType, _ entry: BlobEntry) {
    let added = type == .data ? Content.data : .trees
    content = content == .nothing || content == added ? added : .both
    usedSize += UInt64(
      entry.uncompressedLength == 0 ? PackLayout.entrySize : PackLayout.compressedEntrySize
    )
    if entry.uncompressedLength == 0 { isUncompressed = true }
  }
}

/// What of all packs is needed.
///
/// Source: restic's `internal/repository/prune.go`.
struct PackUses {
  /// By the number that the index gives the pack.
  private(set) var packs: [PackUse]
  /// Above zero for blobs that are needed.
  private(set) var needed: BlobCounts
  private(set) var statistics = PruneStatistics()

  // What a count means from here on: 0 not needed, 1 the last copy that can be chosen,
  // 2 a copy is chosen, more: one more than there are copies left to choose from.
  private static let lastCopy: UInt8 = 1
  private static let chosen: UInt8 = 2

  /// - Parameters:
  ///   - index: Of the whole repository.
  ///   - marks: 1 for each blob that is needed.
  init(_ index: BlobIndex, needed marks: BlobCounts) {
    packs = Array(repeating: PackUse(), count: index.packs.count)
    needed = marks
    countCopies(index)
    if judge(index) { chooseCopies(index) }
  }

  private mutating func countCopies(_ index: BlobIndex) {
    index.forEach { type, number, _ in
      let count = needed[type, number]
      if count > 0, count < .max { needed[type, number] = count + 1 }
    }
  }

  /// Counts what is needed of each pack, and returns whether there are duplicates.
  private mutating func judge(_ index: BlobIndex) -> Bool {
    var hasDuplicates = false
    index.forEach { type, number, entry in
      let size = UInt64(entry.length)
      packs[Int(entry.pack)].add(type, entry)
      switch needed[type, number] {
      case 0:
        packs[Int(entry.pack)].addUnused(size)
        statistics.blobs.unused += 1
        statistics.size.unused += size
      case Self.chosen:
        packs[Int(entry.pack)].usedBlobs += 1
        packs[Int(entry.pack)].usedSize += size
        statistics.blobs.used += 1
        statistics.size.used += size
      default:
        hasDuplicates = true
        packs[Int(entry.pack)].addUnused(size)
        packs[Int(entry.pack)].duplicateBlobs += 1
        statistics.blobs.duplicate += 1
        statistics.size.duplicate += size
      }
    }
    return hasDuplicates
  }

  /// Chooses one copy of each blob: where other blobs are needed; in a pack of nothing but
  /// duplicates, which an interrupted prune leaves; else the last.
  private mutating func chooseCopies(_ index: BlobIndex) {
    index.forEach { type, number, entry in
      let count = needed[type, number]
      guard count != 0, count != Self.chosen else { return }
      let size = UInt64(entry.length)
      let pack = packs[Int(entry.pack)]
      let isGood = pack.usedBlobs > 0 || pack.duplicateBlobs == pack.unusedBlobs
      if isGood || count == Self.lastCopy {
        packs[Int(entry.pack)].usedBlobs += 1
        packs[Int(entry.pack)].usedSize += size
        packs[Int(entry.pack)].unusedBlobs -= 1
        packs[Int(entry.pack)].unusedSize -= size
        statistics.blobs.used += 1
        statistics.size.used += size
        statistics.blobs.duplicate -= 1
        statistics.size.duplicate -= size
        needed[type, number] = Self.chosen
      } else {
        needed[type, number] = count == Self.chosen + 1 ? Self.lastCopy : count - 1
      }
    }
  }
}

extension PackUse {
  fileprivate mutating func addUnused(_ size: UInt64) {
    unusedBlobs += 1
    unusedSize += size
  }
}
