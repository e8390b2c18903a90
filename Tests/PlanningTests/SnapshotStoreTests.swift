import Planning
import Testing

@Suite struct `The store of a thick volume snapshot` {
  private func store(gibibytes: UInt64, free: UInt64) -> SnapshotStore {
    SnapshotStore(originBytes: gibibytes << 30, extentBytes: 4 << 20, freeExtents: free)
  }

  @Test func `holds a tenth of the origin when little is written`() {
    #expect(store(gibibytes: 10, free: 10_000).extents(writingPerSecond: 0) == 256)
  }

  @Test func `holds what an hour of writing needs`() {
    // 1 MiB a second.
    #expect(store(gibibytes: 100, free: 100_000).extents(writingPerSecond: 2 << 20) == 2560)
    #expect(store(gibibytes: 10, free: 10_000).extents(writingPerSecond: 1 << 20) == 900)
  }

  @Test func `is never larger than it can become full`() {
    let store = store(gibibytes: 1, free: 10_000)
    #expect(store.mostExtents == 259)
    #expect(store.extents(writingPerSecond: .max) == 256)
  }

  @Test func `leaves half of what is free`() {
    #expect(store(gibibytes: 10, free: 200).extents(writingPerSecond: 0) == 100)
    // But has at least 64 MiB, or a hundredth of the origin.
    #expect(store(gibibytes: 10, free: 30).extents(writingPerSecond: 0) == 26)
    #expect(store(gibibytes: 1, free: 20).extents(writingPerSecond: 0) == 16)
  }

  @Test func `needs room`() {
    #expect(store(gibibytes: 1, free: 16).hasRoom)
    #expect(!store(gibibytes: 1, free: 15).hasRoom)
    #expect(!store(gibibytes: 100, free: 255).hasRoom)
    // That of a tiny volume is tiny.
    #expect(SnapshotStore(originBytes: 8 << 20, extentBytes: 4 << 20, freeExtents: 4).hasRoom)
  }

  @Test func `is doubled as far as there is room and use for it`() {
    #expect(store(gibibytes: 10, free: 500).growth(of: 100) == 100)
    #expect(store(gibibytes: 10, free: 30).growth(of: 100) == 30)
    #expect(store(gibibytes: 1, free: 500).growth(of: 200) == 59)
    #expect(store(gibibytes: 1, free: 500).growth(of: 259) == 0)
    #expect(store(gibibytes: 1, free: 0).growth(of: 100) == 0)
  }
}
