import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Snapshots` {
  @Test func `are listed by time, whatever their zones`() throws {
    let repository = try Repository.forTesting()
    for seconds in [300, 100, 200] as [Int64] { try save(seconds, in: repository) }
    #expect(try repository.snapshots().map(\.file.time.seconds) == [100, 200, 300])
  }

  @Test func `are found by latest and a filter`() throws {
    let repository = try Repository.forTesting()
    try save(100, host: "a", tags: ["x", "y"], in: repository)
    try save(200, host: "b", tags: ["x"], in: repository)
    try save(300, host: "a", tags: [], paths: ["/etc", "/srv"], in: repository)
    func latest(_ filter: SnapshotFilter) throws -> Int64 {
      try repository.snapshot(matching: "latest", filter: filter).file.time.seconds
    }
    #expect(try latest(SnapshotFilter()) == 300)
    #expect(try latest(SnapshotFilter(hosts: ["b", "c"])) == 200)
    #expect(try latest(SnapshotFilter(tags: [["x", "y"], ["z"]])) == 100)
    #expect(try latest(SnapshotFilter(tags: [["x"]])) == 200)
    #expect(try latest(SnapshotFilter(tags: [[]])) == 300)
    #expect(try latest(SnapshotFilter(paths: [Array("/srv".utf8)])) == 300)
    #expect(
      reason { try latest(SnapshotFilter(hosts: ["c"])) } == .noMatch(.snapshot, prefix: "latest")
    )
  }

  @Test func `are found by the beginning of their id`() throws {
    let repository = try Repository.forTesting()
    let ids = try (1...40).map { try save($0, in: repository).digest.hex }
    let wanted = ids[7]
    #expect(try repository.snapshot(matching: wanted).id.digest.hex == wanted)
    #expect(try repository.snapshot(matching: String(wanted.prefix(20))).id.digest.hex == wanted)
    #expect(
      reason { try repository.snapshot(matching: "zz") } == .noMatch(.snapshot, prefix: "zz")
    )
    #expect(reason { try repository.snapshot(matching: "") } == .noMatch(.snapshot, prefix: ""))
    // 40 ids can't all begin differently.
    let digits = ids.map { String($0.prefix(1)) }
    let twice = try #require(digits.first { digit in digits.filter { $0 == digit }.count > 1 })
    #expect(
      reason { try repository.snapshot(matching: twice) } == .ambiguous(.snapshot, prefix: twice)
    )
  }

  @Test func `that are damaged are named, the others listed`() throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    try save(1, in: repository)
    let damaged = try save(2, in: repository).digest.hex
    try store.put(ObjectName(kind: "snapshots", name: damaged), [1, 2, 3])
    #expect(reason { try repository.snapshots() } == .damaged(.snapshot, name: damaged))
    let named = Locked<[RepositoryError.Reason]>([])
    let listed = try repository.snapshots { error in named.update { $0.append(error.reason) } }
    #expect(listed.map(\.file.time.seconds) == [1])
    #expect(named.value == [.damaged(.snapshot, name: damaged)])
  }

  @Test func `are replaced, and the old one goes last`() throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    let old = try repository.loadSnapshot(try save(1, tags: ["a"], in: repository))
    var file = old.file
    file.tags = ["b"]
    for operation in [FaultyStore.Operation.put, .remove] {
      let faulty = FaultyStore(store, failingAt: 1, failing: [operation])
      let broken = try Repository.openForTesting(faulty)
      #expect(throws: StoreError.self) { try broken.replaceSnapshot(old.id, by: file) }
      #expect(try repository.snapshots().contains(old))
    }
    let new = try repository.replaceSnapshot(old.id, by: file)
    #expect(try repository.loadSnapshot(new).file == file)
    #expect(try !repository.snapshots().contains(old))
  }

  @Test func `are removed`() throws {
    let repository = try Repository.forTesting()
    let id = try save(1, in: repository)
    try repository.removeSnapshot(id)
    #expect(try repository.snapshots().isEmpty)
  }

  @discardableResult
  private func save(
    _ seconds: Int64,
    host: String = "",
    tags: [String] = [],
    paths: [String] = ["/"],
    in repository: Repository
  ) throws -> SnapshotID {
    let zone = Int32(seconds % 7) * 3600
    var file = SnapshotFile(
      time: NodeTime(seconds: seconds, nanoseconds: 0, utcOffset: zone),
      tree: BlobID(sha256([])),
      paths: paths.map { Array($0.utf8) }
    )
    file.hostname = host
    file.tags = tags
    return try repository.saveSnapshot(file)
  }
}
