import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import Synchronization
import TestSupport
import Testing

@Suite struct `A prune` {
  private static var options: RepositoryOptions {
    var options = RepositoryOptions.forTesting
    options.packSize = 1 << 16
    options.indexBlobsMax = 20
    return options
  }

  /// A repository with snapshots of files that change from one to the next.
  private func repository(
    in store: any ObjectStore = MemoryStore(),
    version: Int = 2,
    snapshots: Int = 6
  ) throws -> (Repository, [SnapshotID]) {
    let repository = try Repository.forTesting(
      in: store,
      version: version,
      options: Self.options
    )
    let ids = try (0..<snapshots).map { number in
      let files = (0..<8).map { file in
        let seed = file % 3 == 0 ? file : file + number * 100
        return ("f\(file)", noise(7000 + seed % 5 * 3000, seed: seed))
      }
      return try repository.backUp(files + [("last", prose(9000, seed: number))])
    }
    return (repository, ids)
  }

  private func contents(_ repository: Repository, _ id: SnapshotID) throws -> [[UInt8]] {
    try repository.loadTree(repository.loadSnapshot(id).file.tree).map { node in
      try (node.content ?? []).flatMap { try repository.loadBlob(.data, $0) }
    }
  }

  @Test(arguments: [1, 2])
  func `keeps every file of every snapshot, and nothing else`(version: Int) throws {
    let store = MemoryStore()
    let (first, ids) = try repository(in: store, version: version)
    let kept = [ids[1], ids[4]]
    let before = try kept.map { try contents(first, $0) }
    for id in ids where !kept.contains(id) { try first.removeSnapshot(id) }
    var options = PruneOptions()
    options.unusedMax = .bytes(0)
    let seen = SeenPrune()
    try first.prune(options, observer: seen)
    #expect(try problems(in: store) == [])
    let again = try Repository.openForTesting(store)
    #expect(try kept.map { try contents(again, $0) } == before)
    let plan = try #require(seen.plan)
    #expect(plan.statistics.blobs.remaining == plan.statistics.blobs.used)
    try again.prune(options, observer: seen)
    let second = try #require(seen.plan)
    #expect(second.statistics.blobs.unused == 0)
    #expect(second.statistics.blobs.total == plan.statistics.blobs.used)
    #expect(second.removed == [] && second.unreferenced == [])
  }

  @Test func `does nothing when it is only asked what it would do`() throws {
    let store = MemoryStore()
    let (repository, ids) = try repository(in: store)
    let before = try store.list(FileKind.data.rawValue).map(\.name.name).sorted()
    let index = try repository.names(of: .index)
    let seen = SeenPrune()
    try repository.prune(ignoring: Set(ids.dropFirst()), isDryRun: true, observer: seen)
    #expect(try store.list(FileKind.data.rawValue).map(\.name.name).sorted() == before)
    #expect(try repository.names(of: .index) == index)
    #expect(try #require(seen.plan).removed != [])
  }

  @Test func `makes room where there is none, when it is asked to`() throws {
    let store = MemoryStore()
    let (first, ids) = try repository(in: store)
    // Packs of its own, which can go without anything being moved.
    let large = try first.backUp((0..<6).map { ("large\($0)", noise(60_000, seed: 900 + $0)) })
    let before = try ids.map { try contents(first, $0) }
    try first.removeSnapshot(large)
    let full = FullStore(store, sizeMax: try FullStore.size(of: store))
    let repository = try Repository.openForTesting(full, options: Self.options)
    #expect(throws: StoreError.self) { try repository.prune(observer: SeenPrune()) }
    #expect(try problems(in: store) == [])
    var options = PruneOptions()
    options.recoversSpace = true
    options.repackMax = 0
    let seen = SeenPrune()
    try Repository.openForTesting(full, options: Self.options).prune(options, observer: seen)
    #expect(try !#require(seen.plan).removed.isEmpty)
    #expect(try problems(in: store) == [])
    let again = try Repository.openForTesting(store)
    #expect(try ids.map { try contents(again, $0) } == before)
  }

  @Test func `removes what no index file names, and nothing that one names`() throws {
    let store = MemoryStore()
    let (repository, ids) = try repository(in: store)
    let stray = noise(5000, seed: 77)
    let name = sha256(stray).hex
    try store.put(ObjectName(kind: FileKind.data.rawValue, name: name), stray)
    let seen = SeenPrune()
    try repository.prune(observer: seen)
    #expect(seen.plan?.unreferenced.map(\.digest.hex) == [name])
    #expect(try !repository.names(of: .data).contains(name))
    #expect(try problems(in: store) == [])
    #expect(try repository.snapshots().map(\.id).count == ids.count)
  }

  @Test(arguments: [FileKind.data, .index])
  func `does nothing when something needed is missing`(_ kind: FileKind) throws {
    let store = MemoryStore()
    let (first, _) = try repository(in: store)
    let lost = try first.names(of: kind)[0]
    try first.removeFile(kind, lost)
    let before = try [FileKind.data, .index].map { try first.names(of: $0) }
    let again = try Repository.openForTesting(store)
    #expect(throws: (any Error).self) { try again.prune(observer: SeenPrune()) }
    #expect(try [FileKind.data, .index].map { try first.names(of: $0) } == before)
  }

  @Test func `forgets packs that are gone when nobody needs them`() throws {
    let store = MemoryStore()
    let (first, ids) = try repository(in: store)
    try first.backUp([("only here", noise(70_000, seed: 500))])
    let newest = try #require(first.snapshots().last { !ids.contains($0.id) })
    let tree = try first.loadTree(newest.file.tree)
    let blob = try #require(tree.first?.content?.first)
    let pack = try #require(first.location(.data, blob)?.pack)
    try first.removeSnapshot(newest.id)
    try first.removeFile(.data, pack.digest.hex)
    let again = try Repository.openForTesting(store, options: Self.options)
    let seen = SeenPrune()
    try again.prune(observer: seen)
    #expect(seen.plan?.lost == [pack])
    #expect(try problems(in: store) == [])
  }

  @Test(arguments: [0, 1])
  func `takes a whole copy where another is damaged`(damaged: Int) throws {
    let store = MemoryStore()
    // Two who don't know of each other store the same, each with something of its own.
    let writers = try [
      Repository.forTesting(in: store, options: Self.options),
      Repository.openForTesting(store, options: Self.options),
    ]
    let files = (0..<4).map { ("f\($0)", noise(7000, seed: $0)) }
    let id = try writers[0].backUp(files)
    for (number, writer) in writers.enumerated() {
      try writer.removeSnapshot(writer.backUp(files + [("own", noise(9000, seed: 50 + number))]))
    }
    let packs = try store.list(FileKind.data.rawValue).filter { $0.size > 20_000 }.map(\.name)
    #expect(packs.count == 2)
    var bytes = try store.get(packs[damaged])
    for position in stride(from: 100, to: 25_000, by: 5000) { bytes[position] ^= 1 }
    try store.remove(packs[damaged])
    try store.put(packs[damaged], bytes)
    let again = try Repository.openForTesting(store, options: Self.options)
    var options = PruneOptions()
    options.unusedMax = .bytes(0)
    try again.prune(options, observer: SeenPrune())
    #expect(try contents(Repository.openForTesting(store), id) == files.map(\.1))
  }

  @Test func `compresses what isn't, when that is wanted`() throws {
    let store = MemoryStore()
    var plain = Self.options
    plain.compression = .off
    let first = try Repository.forTesting(in: store, options: plain)
    let id = try first.backUp((0..<5).map { ("p\($0)", prose(30_000, seed: $0 * 1000)) })
    let again = try Repository.openForTesting(store, options: Self.options)
    let before = try contents(again, id)
    var options = PruneOptions()
    options.repacksUncompressed = true
    let size = try store.list(FileKind.data.rawValue).reduce(0) { $0 + $1.size }
    try again.prune(options, observer: SeenPrune())
    #expect(try store.list(FileKind.data.rawValue).reduce(0) { $0 + $1.size } < size / 2)
    #expect(try problems(in: store) == [])
    #expect(try contents(Repository.openForTesting(store), id) == before)
  }
}

/// Remembers what a prune said.
final class SeenPrune: PruneObserver {
  private let seen = Mutex<PrunePlan.Summary?>(nil)

  var plan: PrunePlan.Summary? { seen.withLock { $0 } }

  func prune(begins step: PruneStep) {
    if case .decided(let plan) = step { seen.withLock { $0 = plan } }
  }

  func prune(progress: PruneProgress) {}

  func prune(removed kind: FileKind, _ name: String, failure: (any Error)?) {}
}
