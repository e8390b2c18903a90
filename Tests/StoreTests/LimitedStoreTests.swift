import ObjectStorage
import Testing

@Suite struct `A limited store` {
  @Test func `lets no more through than is allowed`() throws {
    let store = LimitedStore(MemoryStore(), upload: 100_000, download: 200_000)
    let bytes = [UInt8](repeating: 7, count: 20_000)
    let start = ContinuousClock.now
    try store.put(object(1), bytes)
    let written = ContinuousClock.now
    #expect(written - start >= .milliseconds(200))
    #expect(try store.get(object(1)) == bytes)
    #expect(ContinuousClock.now - written >= .milliseconds(100))
  }
}
