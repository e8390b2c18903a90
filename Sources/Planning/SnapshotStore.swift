/// How large the store of a thick volume snapshot should be: what is overwritten in the origin
/// while it is read goes there, and when it overflows all is lost.
package struct SnapshotStore: Hashable, Sendable {
  /// Of the logical volume.
  package var originBytes: UInt64
  package var extentBytes: UInt64
  /// Of the volume group.
  package var freeExtents: UInt64

  package init(originBytes: UInt64, extentBytes: UInt64, freeExtents: UInt64) {
    self.originBytes = originBytes
    self.extentBytes = max(1, extentBytes)
    self.freeExtents = freeExtents
  }

  private static let mebibyte: UInt64 = 1 << 20

  /// More is never used: all of the origin, and 16 bytes for each chunk of 4 KiB.
  ///
  /// Source: dm-snap-persistent.c.
  package var mostExtents: UInt64 {
    extents(originBytes + originBytes / 256 + 16 * 1024) + 1
  }

  /// With less it isn't worth the try: 64 MiB or a hundredth of the origin.
  package var leastExtents: UInt64 {
    min(extents(max(64 * Self.mebibyte, originBytes / 100)), mostExtents)
  }

  package var hasRoom: Bool { freeExtents >= leastExtents }

  /// What an hour of writing needs, and at least a tenth of the origin.
  ///
  /// At most half of what is free is taken at first, so that there is something to extend it by,
  /// and others aren't left without.
  ///
  /// - Parameter bytesPerSecond: What has been written to the origin lately.
  /// - Returns: The number of extents; ``leastExtents`` when there is no room.
  package func extents(writingPerSecond bytesPerSecond: UInt64) -> UInt64 {
    let hour = bytesPerSecond.multipliedReportingOverflow(by: 3600)
    let bytes = max(hour.overflow ? originBytes : hour.partialValue, originBytes / 10)
    let wanted = min(extents(min(bytes, originBytes)), mostExtents)
    return max(leastExtents, min(wanted, freeExtents / 2))
  }

  /// By how much a store that fills up is extended: doubled, as far as there is room and use for it.
  ///
  /// - Parameter extents: What it has now.
  /// - Returns: The number of extents; 0 when it can't be extended.
  package func growth(of extents: UInt64) -> UInt64 {
    min(extents, freeExtents, mostExtents > extents ? mostExtents - extents : 0)
  }

  private func extents(_ bytes: UInt64) -> UInt64 { (bytes + extentBytes - 1) / extentBytes }
}

/// A number of bytes as people read it.
package func mebibytes(_ bytes: UInt64) -> String { "\((bytes + (1 << 20) - 1) >> 20) MiB" }
