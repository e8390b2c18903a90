import Machine
package import RepositoryFormat

/// What a prune is going to do; deciding it changes nothing.
package struct PrunePlan {
  /// What people are told of it.
  package struct Summary: Hashable, Sendable {
    /// Packs that no index file names.
    package var unreferenced: [PackID] = []
    /// Packs whose needed blobs move to new packs.
    package var repack: [PackID] = []
    /// Packs that nobody needs.
    package var removed: [PackID] = []
    /// Packs that are gone already, and that nobody needs.
    package var lost: [PackID] = []
    package var statistics: PruneStatistics
  }

  private(set) var summary: Summary
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
    summary = Summary(statistics: uses.statistics)
    needed = uses.needed
    moved = uses.needed
    var numbers: [PackID: Int] = [:]
    for (number, pack) in index.packs.enumerated() { numbers[pack] = number }
    let smallSize = Self.smallPackSize(options, uses.packs)
    var candidates = RepackCandidates(smallSize: smallSize)
    for pack in present {
      guard let number = numbers.removeValue(forKey: pack.id) else {
        summary.unreferenced.append(pack.id)
        summary.statistics.size.unreferenced += pack.size
        continue
      }
      let use = uses.packs[number]
      if use.size != pack.size, use.usedBlobs > 0 {
        throw PruneError(.wrongSize(pack.id, size: pack.size, expected: use.size))
      }
      judge(pack.id, use, options, version, &candidates)
    }
    try judgeMissing(numbers, uses.packs)
    summary.statistics.packs.kept += candidates.leftAlone.count
    decide(candidates.sorted(), smallSize, options)
    summary.statistics.packs.unreferenced = summary.unreferenced.count
    summary.statistics.packs.repack = summary.repack.count
    summary.statistics.packs.removed = summary.removed.count
    if version < 2 { summary.statistics.size.uncompressed = 0 }
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
    case (0, _): summary.statistics.packs.unused += 1
    case (_, 0): summary.statistics.packs.used += 1
    default: summary.statistics.packs.partlyUsed += 1
    }
    if use.isUncompressed { summary.statistics.size.uncompressed += use.size }
    let mustCompress =
      version > 1 && use.isUncompressed && (use.content == .trees || options.repacksUncompressed)
    if use.usedBlobs == 0 {
      summary.removed.append(id)
      summary.statistics.blobs.removed += use.unusedBlobs
      summary.statistics.size.removed += use.unusedSize
    } else if options.repacksTreesOnly && use.content == .data {
      summary.statistics.packs.kept += 1
    } else if use.unusedBlobs == 0 && use.content != .both && !mustCompress {
      if !candidates.addWhenSmall(id, use) { summary.statistics.packs.kept += 1 }
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
    summary.lost = numbers.keys.sorted()
    for number in numbers.values {
      summary.statistics.blobs.removed += uses[number].unusedBlobs
      summary.statistics.size.removed += uses[number].unusedSize
    }
  }

  /// Takes candidates until little enough is unused, or enough is rewritten.
  private mutating func decide(
    _ candidates: [RepackCandidate],
    _ smallSize: UInt64,
    _ options: PruneOptions
  ) {
    let unusedMax = options.unusedMaxBytes(used: summary.statistics.size.used)
    let repackMax = options.recoversSpace ? 0 : options.repackMax
    for candidate in candidates {
      let use = candidate.use
      let isBelowUnused = summary.statistics.size.remainingUnused < unusedMax
      let isFull = summary.statistics.size.repack + use.size >= repackMax
      let isFree = use.content != .data || candidate.mustCompress
      if isFull || !isFree && isBelowUnused && use.size >= smallSize {
        summary.statistics.packs.kept += 1
        continue
      }
      summary.repack.append(candidate.id)
      summary.statistics.blobs.repack += use.unusedBlobs + use.usedBlobs
      summary.statistics.size.repack += use.size
      summary.statistics.blobs.repackRemoved += use.unusedBlobs
      summary.statistics.size.repackRemoved += use.unusedSize
      if use.isUncompressed { summary.statistics.size.uncompressed -= use.size }
    }
  }

  /// Blobs that stay in a pack needn't move.
  private mutating func dropMoved(in index: BlobIndex) {
    let going = Set(summary.repack + summary.removed + summary.lost)
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
