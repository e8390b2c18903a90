import Machine
package import RepositoryFormat

/// What a prune is going to do; deciding it changes nothing.
package struct PrunePlan {
  /// Packs that no index file names.
  private(set) var unreferenced: [PackID] = []
  /// Packs whose needed blobs move to new packs.
  private(set) var repack: [PackID] = []
  /// Packs that nobody needs.
  private(set) var removed: [PackID] = []
  /// Packs that are gone already, and that nobody needs.
  private(set) var lost: [PackID] = []
  private(set) var statistics: PruneStatistics
  /// Above zero for the blobs that snapshots need.
  let needed: BlobCounts
  /// Above zero for those of them that must be moved.
  private(set) var moved: BlobCounts

  /// - Parameters:
  ///   - uses: What is needed of each pack.
  ///   - index: Of the whole repository.
  ///   - present: The packs that the store holds.
  ///   - options: What may stay.
  ///   - version: Of the repository's format.
  /// - Throws: ``PruneError`` when the index and the store don't agree about something needed.
  init(
    _ uses: PackUses,
    _ index: BlobIndex,
    present: [StoredPack],
    _ options: PruneOptions,
    version: Int
  ) throws(PruneError) {
    statistics = uses.statistics
    needed = uses.needed
    moved = uses.needed
    var numbers: [PackID: Int] = [:]
    for (number, pack) in index.packs.enumerated() { numbers[pack] = number }
    let smallSize = Self.smallPackSize(options, uses.packs)
    var candidates = RepackCandidates(smallSize: smallSize)
    for pack in present {
      guard let number = numbers.removeValue(forKey: pack.id) else {
        unreferenced.append(pack.id)
        statistics.size.unreferenced += pack.size
        continue
      }
      let use = uses.packs[number]
      if use.size != pack.size, use.usedBlobs > 0 {
        throw PruneError(.wrongSize(pack.id, size: pack.size, expected: use.size))
      }
      judge(pack.id, use, options, version, &candidates)
    }
    try judgeMissing(numbers, uses.packs)
    statistics.packs.kept += candidates.leftAlone.count
    decide(candidates.sorted(), smallSize, options)
    statistics.packs.unreferenced = unreferenced.count
    statistics.packs.repack = repack.count
    statistics.packs.removed = removed.count
    if version < 2 { statistics.size.uncompressed = 0 }
    dropMoved(in: index)
  }

  private mutating func judge(
    _ id: PackID,
    _ use: PackUse,
    _ options: PruneOptions,
    _ version: Int,
    _ candidates: inout RepackCandidates
  ) {
    switch (use.usedBlobs, use.unusedBlobs) {
    case (0, _): statistics.packs.unused += 1
    case (_, 0): statistics.packs.used += 1
    default: statistics.packs.partlyUsed += 1
    }
    if use.isUncompressed { statistics.size.uncompressed += use.size }
    let mustCompress =
      version > 1 && use.isUncompressed && (use.content == .trees || options.repacksUncompressed)
    if use.usedBlobs == 0 {
      removed.append(id)
      statistics.blobs.removed += use.unusedBlobs
      statistics.size.removed += use.unusedSize
    } else if options.repacksTreesOnly && use.content == .data {
      statistics.packs.kept += 1
    } else if use.unusedBlobs == 0 && use.content != .both && !mustCompress {
      if !candidates.addWhenSmall(id, use) { statistics.packs.kept += 1 }
    } else {
      candidates.add(id, use, mustCompress: mustCompress)
    }
  }

  /// Packs that the index names and the store lacks.
  private mutating func judgeMissing(
    _ numbers: [PackID: Int],
    _ uses: [PackUse]
  ) throws(PruneError) {
    let needed = numbers.filter { uses[$0.value].usedBlobs > 0 }.keys.sorted()
    if !needed.isEmpty { throw PruneError(.missingPacks(needed)) }
    lost = numbers.keys.sorted()
    for number in numbers.values {
      statistics.blobs.removed += uses[number].unusedBlobs
      statistics.size.removed += uses[number].unusedSize
    }
  }

  /// Takes candidates until little enough is unused, or enough is rewritten.
  private mutating func decide(
    _ candidates: [RepackCandidate],
    _ smallSize: UInt64,
    _ options: PruneOptions
  ) {
    let unusedMax = options.unusedMaxBytes(used: statistics.size.used)
    let repackMax = options.recoversSpace ? 0 : options.repackMax
    for candidate in candidates {
      let use = candidate.use
      let isBelowUnused = statistics.size.remainingUnused < unusedMax
      let isFull = statistics.size.repack + use.size >= repackMax
      let isFree = use.content != .data || candidate.mustCompress
      if isFull || !isFree && isBelowUnused && use.size >= smallSize {
        statistics.packs.kept += 1
        continue
      }
      repack.append(candidate.id)
      statistics.blobs.repack += use.unusedBlobs + use.usedBlobs
      statistics.size.repack += use.size
      statistics.blobs.repackRemoved += use.unusedBlobs
      statistics.size.repackRemoved += use.unusedSize
      if use.isUncompressed { statistics.size.uncompressed -= use.size }
    }
  }

  /// Blobs that stay in a pack needn't move.
  private mutating func dropMoved(in index: BlobIndex) {
    let going = Set(repack + removed + lost)
    let isGoing = index.packs.map(going.contains)
    index.forEach { type, number, entry in
      if !isGoing[Int(entry.pack)] { moved[type, number] = 0 }
    }
  }

  /// Four fifths of what 97 of 100 packs reach, but not less than of 4 MiB: a repository without
  /// small packs is left as it is.
  private static func smallPackSize(_ options: PruneOptions, _ uses: [PackUse]) -> UInt64 {
    if let size = options.smallPackSize { return size }
    let sizes = uses.map(\.size).sorted()
    guard !sizes.isEmpty else { return 0 }
    return max(4 << 20, sizes[sizes.count * 3 / 100]) * 4 / 5
  }
}

extension PrunePlan {
  /// What people are told of a plan.
  package struct Summary: Hashable, Sendable {
    package var unreferenced: [PackID]
    package var repack: [PackID]
    package var removed: [PackID]
    package var lost: [PackID]
    package var statistics: PruneStatistics
  }

  var summary: Summary {
    Summary(
      unreferenced: unreferenced,
      repack: repack,
      removed: removed,
      lost: lost,
      statistics: statistics
    )
  }
}

/// Why a prune doesn't begin: to go on would make the damage larger.
package struct PruneError: ExplainedError {
  package enum Reason: Hashable, Sendable {
    case missingBlobs([MissingBlob])
    case missingPacks([PackID])
    case wrongSize(PackID, size: UInt64, expected: UInt64)
    /// Blobs were to be moved and weren't found where they should be.
    case notMoved
    case unsupported(String)
  }

  package var reason: Reason

  init(_ reason: Reason) { self.reason = reason }

  package var cause: (any Error)? { nil }

  package var description: String {
    switch reason {
    case .missingBlobs(let blobs):
      "index is not complete: \(blobs.count) blobs that snapshots need are in no index file, "
        + "the first of them \(blobs.prefix(3).map(\.description).joined(separator: ", "))"
    case .missingPacks(let packs):
      "packs from index missing in repo: snapshots need "
        + packs.map(\.digest.hex).joined(separator: ", ")
    case .wrongSize(let pack, let size, let expected):
      "pack size does not match calculated size from index: pack \(pack.digest.hex) has "
        + "\(size) bytes, by the index \(expected)"
    case .notMoved: "blobs were not repacked: the index changed meanwhile"
    case .unsupported(let what): what
    }
  }

  package var hint: String? {
    switch reason {
    case .missingBlobs, .missingPacks:
      "nothing was removed; `check` says what is damaged, `repair index` finds packs that the "
        + "index forgot, `repair snapshots` gives up what is lost"
    case .wrongSize: "nothing was removed; run `repair index`"
    case .notMoved, .unsupported: nil
    }
  }
}
