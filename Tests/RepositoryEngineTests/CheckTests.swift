import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Checking` {
  @Test func `names a damaged config`() throws {
    let store = try backedUp()
    let opened = try Repository.open(store, password: Repository.testPassword)
    let name = ObjectName(kind: "config", name: "")
    var bytes = try store.get(name)
    bytes[40] ^= 1
    try store.put(name, bytes)
    let (summary, found) = try check(store, .none, with: opened)
    #expect(summary.errors == 1)
    #expect(found.first?.contains("config is damaged") == true)
  }

  @Test func `finds nothing wrong with what we wrote`() throws {
    let store = try backedUp()
    let (summary, found) = try check(store, .all)
    #expect(found == [])
    #expect(summary.errors == 0)
    #expect(summary.hints == 0)
    #expect(summary.packs == 2)
    #expect(summary.packsRead == 2)
    #expect(summary.snapshots == 1)
  }

  @Test(arguments: ["keys", "index", "snapshots", "data"])
  func `names the file in which a bit is flipped`(_ kind: String) throws {
    let store = try backedUp()
    let opened = try Repository.open(store, password: Repository.testPassword)
    var random = SeededRandom(seed: 42)
    for object in try store.list(kind) {
      let whole = try store.get(object.name)
      for position in [0, whole.count - 1, Int.random(in: 0..<whole.count, using: &random)] {
        var bytes = whole
        bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        try store.put(object.name, bytes)
        let (summary, found) = try check(store, .all, with: opened)
        #expect(summary.errors > 0)
        #expect(found.contains { $0.contains(object.name.name) }, "\(object.name) \(position)")
        if kind == "data" { #expect(summary.brokenPacks.map(\.digest.hex) == [object.name.name]) }
        if kind == "index" { #expect(summary.suggestsRepairIndex) }
      }
      try store.put(object.name, whole)
    }
    #expect(try check(store, .all).found == [])
  }

  @Test(arguments: ["keys", "index", "snapshots", "data"])
  func `names a file that is cut short`(_ kind: String) throws {
    let store = try backedUp()
    let opened = try Repository.open(store, password: Repository.testPassword)
    let object = try #require(try store.list(kind).first)
    let whole = try store.get(object.name)
    for length in [0, 1, 31, 72, whole.count - 1] {
      try store.put(object.name, Array(whole.prefix(length)))
      let (summary, found) = try check(store, .all, with: opened)
      #expect(summary.errors > 0)
      #expect(found.contains { $0.contains(object.name.name) }, "\(length)")
    }
  }

  @Test func `names a pack that is missing, and what it held`() throws {
    let store = try backedUp()
    for object in try store.list("data") { try store.remove(object.name) }
    let (summary, found) = try check(store, .none)
    #expect(summary.brokenPacks.count == 2)
    #expect(summary.suggestsRepairIndex)
    #expect(found.filter { $0.contains("is missing") }.count == 2)
    #expect(found.contains { $0.hasPrefix("tree ") })
  }

  @Test func `names blobs that no index names`() throws {
    let store = try backedUp()
    for object in try store.list("index") { try store.remove(object.name) }
    let (summary, found) = try check(store, .none)
    #expect(summary.errors == 1)
    #expect(summary.hints == 2)
    #expect(found.contains { $0.contains("needs, is in no index file") })
  }

  @Test func `takes packs that no index names for a hint`() throws {
    let store = try backedUp()
    try store.put(ObjectName(kind: "data", name: String(repeating: "c", count: 64)), [1])
    let (summary, found) = try check(store, .none)
    #expect(summary.errors == 0)
    #expect(summary.hints == 1)
    #expect(summary.suggestsPrune)
    #expect(found.count == 1)
  }

  @Test func `reads the part that was asked for`() throws {
    let store = MemoryStore()
    var options = RepositoryOptions.forTesting
    options.packSize = 1 << 16
    let repository = try Repository.forTesting(in: store, options: options)
    try repository.backUp((0..<20).map { ("f\($0 + 10)", noise(70_000, seed: $0)) })
    #expect(try check(store, .all).summary.packsRead == 21)
    let parts = try (1...3).map { try check(store, .part($0, of: 3)).summary.packsRead }
    #expect(parts.reduce(0, +) == 21)
    #expect(try check(store, .percent(10)).summary.packsRead == 3)
    #expect(try check(store, .bytes(200_000)).summary.packsRead >= 3)
    #expect(try check(store, .none).summary.packsRead == 0)
  }

  @Test func `ends with an interruption`() throws {
    let repository = try Repository.openForTesting(try backedUp())
    let interruption = Interruption()
    interruption.request()
    #expect(throws: Interrupted.self) { try repository.check(interruption: interruption) }
  }

  private func backedUp() throws -> MemoryStore {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    try repository.backUp([("a", noise(30_000, seed: 1)), ("b", prose(60_000, seed: 2))])
    return store
  }

  /// Checks `store`, through `repository` where one was opened before the damage.
  private func check(
    _ store: MemoryStore,
    _ packs: CheckedPacks,
    with repository: Repository? = nil
  ) throws -> (summary: CheckSummary, found: [String]) {
    let repository =
      try repository ?? Repository.open(store, password: Repository.testPassword)
    var options = CheckOptions()
    options.packs = packs
    let found = Locked<[String]>([])
    let summary = try repository.check(
      options,
      onProblem: { problem in found.update { $0.append(problem.description) } }
    )
    return (summary, found.value)
  }
}
