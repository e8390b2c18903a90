/// What a prune may leave, and what it may move.
package struct PruneOptions: Hashable, Sendable {
  /// How much data that nobody needs may stay.
  package enum Unused: Hashable, Sendable {
    case unlimited
    /// Of what the repository holds afterwards, below 100.
    case percent(Double)
    case bytes(UInt64)
  }

  package var unusedMax = Unused.percent(5)
  /// How many bytes of packs are rewritten at most.
  package var repackMax = UInt64.max
  /// Packs below this size are put together; nil takes one that fits the repository.
  package var smallPackSize: UInt64?
  /// Data packs stay as they are unless nobody needs them.
  package var repacksTreesOnly = false
  /// Packs with data that isn't compressed are rewritten.
  package var repacksUncompressed = false
  /// Nothing is written before room was made, not even an index.
  package var recoversSpace = false

  package init() {}

  /// In bytes, when so much is used.
  func unusedMaxBytes(used: UInt64) -> UInt64 {
    switch unusedMax {
    case .unlimited: .max
    case .percent(let percent):
      UInt64(exactly: (percent / (100 - percent) * Double(used)).rounded(.down)) ?? .max
    case .bytes(let bytes): bytes
    }
  }
}

/// What a prune found and is going to do, in numbers.
package struct PruneStatistics: Hashable, Sendable {
  package struct Blobs: Hashable, Sendable {
    package var used = 0
    package var duplicate = 0
    package var unused = 0
    package var repack = 0
    package var repackRemoved = 0
    package var removed = 0

    package var total: Int { used + duplicate + unused }
    package var removedTotal: Int { removed + repackRemoved }
    package var remaining: Int { total - removedTotal }
  }

  /// In bytes, of sealed blobs.
  package struct Size: Hashable, Sendable {
    package var used: UInt64 = 0
    package var duplicate: UInt64 = 0
    package var unused: UInt64 = 0
    /// Of packs that no index file names.
    package var unreferenced: UInt64 = 0
    /// Of packs with blobs that aren't compressed.
    package var uncompressed: UInt64 = 0
    package var repack: UInt64 = 0
    package var repackRemoved: UInt64 = 0
    package var removed: UInt64 = 0

    package var total: UInt64 { used + duplicate + unused + unreferenced }
    package var removedTotal: UInt64 { removed + repackRemoved + unreferenced }
    package var remaining: UInt64 { total > removedTotal ? total - removedTotal : 0 }
    package var remainingUnused: UInt64 {
      let unneeded = duplicate + unused
      let gone = removed + repackRemoved
      return unneeded > gone ? unneeded - gone : 0
    }
  }

  package struct Packs: Hashable, Sendable {
    package var used = 0
    package var partlyUsed = 0
    package var unused = 0
    package var unreferenced = 0
    package var kept = 0
    package var repack = 0
    package var removed = 0

    package var total: Int { used + partlyUsed + unused + unreferenced }
    package var removedTotal: Int { unreferenced + removed }
  }

  package var blobs = Blobs()
  package var size = Size()
  package var packs = Packs()

  package init() {}
}
