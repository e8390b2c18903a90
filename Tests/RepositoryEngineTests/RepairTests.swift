import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Repairing the index and packs` {
  private let files = [
    (name: "a", content: noise(9000, seed: 1)), (name: "b", content: prose(20_000, seed: 2)),
  ]

  private func withRepository(_ body: (MemoryStore, SnapshotID) throws -> Void) throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    try repository.backUp([(name: "old", content: noise(500, seed: 7))])
    let id = try Repository.openForTesting(store).backUp(files)
    try body(store, id)
  }

  private func repairIndex(_ store: MemoryStore, readingAllPacks: Bool = false) throws -> [PackID] {
    let repository = try Repository.open(store, password: Repository.testPassword)
    let findings = try repository.inspectIndex(readingAllPacks: readingAllPacks)
    let broken = try repository.indexPacks(of: findings) {}
    _ = try repository.rewriteIndex(after: findings, keeping: broken)
    return broken
  }

  /// Stores again what is whole in a pack; returns what is said of the rest.
  private func salvage(_ pack: PackID, in repository: Repository) throws -> [String] {
    let lost = Locked<[String]>([])
    try repository.uploading { saver in
      try repository.salvage(
        [pack],
        with: saver,
        onPack: {},
        onProblem: { text in lost.update { $0.append(text) } }
      )
    }
    return lost.value
  }

  @Test(arguments: [false, true])
  func `an index is built of the packs`(readsAll: Bool) throws {
    try withRepository { store, _ in
      for object in try store.list("index") { try store.remove(object.name) }
      #expect(try !problems(in: store).isEmpty)
      #expect(try repairIndex(store, readingAllPacks: readsAll) == [])
      #expect(try problems(in: store) == [])
      #expect(try store.list("index").count == 1)
    }
  }

  @Test func `damaged index files go`() throws {
    try withRepository { store, _ in
      let files = try store.list("index").map(\.name)
      #expect(files.count == 2)
      try store.put(files[0], [1, 2, 3])
      #expect(try repairIndex(store) == [])
      #expect(try problems(in: store) == [])
      #expect(try !store.list("index").map(\.name).contains(files[0]))
    }
  }

  @Test(arguments: [false, true])
  func `packs that are gone are forgotten, and those that can't be read by --read-all-packs`(
    readsAll: Bool
  ) throws {
    try withRepository { store, _ in
      let packs = try store.list("data").map(\.name).sorted { $0.name < $1.name }
      try store.remove(packs[0])
      try store.put(packs[1], Array(store.get(packs[1]).dropLast(5)))
      let broken = try repairIndex(store, readingAllPacks: readsAll)
      #expect(broken.map(\.digest.hex) == [packs[1].name])
      let repository = try Repository.openForTesting(store)
      let findings = try repository.inspectIndex(readingAllPacks: false)
      #expect(findings.missing == [])
      #expect(findings.resized.map(\.pack) == (readsAll ? [] : broken))
      #expect(findings.unnamed == (readsAll ? broken : []))
    }
  }

  @Test func `storage that is out of reach isn't taken for damaged packs`() throws {
    try withRepository { store, _ in
      for object in try store.list("index") { try store.remove(object.name) }
      let faulty = FaultyStore(store, failingAt: 3, isLasting: true, failing: [.get])
      let repository = try Repository.open(faulty, password: Repository.testPassword)
      let findings = try repository.inspectIndex(readingAllPacks: true)
      #expect(throws: StoreError.self) { try repository.indexPacks(of: findings) {} }
    }
  }

  @Test func `old index files stay when new ones can't be written`() throws {
    try withRepository { store, _ in
      let before = try store.list("index").map(\.name)
      let packs = try store.list("data").compactMap { Digest(hex: $0.name.name) }.map(PackID.init)
      let faulty = FaultyStore(store, failingAt: 1, failing: [.put])
      let repository = try Repository.openForTesting(faulty)
      #expect(throws: StoreError.self) { try repository.rewriteIndex(without: [packs[0]]) }
      #expect(try Set(store.list("index").map(\.name)) == Set(before))
      #expect(try problems(in: store) == [])
    }
  }

  @Test func `what is whole in a damaged pack is stored again`() throws {
    try withRepository { store, id in
      let repository = try Repository.openForTesting(store)
      let wanted = [0, 1].map { BlobID(sha256(files[$0].content)) }
      let places = try wanted.map { try #require(repository.location(.data, $0)) }
      let pack = places[0].pack
      #expect(places[1].pack == pack)
      let name = ObjectName(kind: "data", name: pack.digest.hex)
      var bytes = try store.get(name)
      bytes[Int(places[0].offset) + 20] ^= 1
      try store.put(name, bytes)
      let lost = try salvage(pack, in: repository)
      #expect(lost.count == 1)
      #expect(lost[0].contains("failed to load blob \(wanted[0].digest.hex)"))
      let (count, removed) = try repository.rewriteIndex(without: [pack])
      #expect(count == 3)
      #expect(removed.count == 3)
      try store.remove(name)
      let after = try Repository.openForTesting(store)
      #expect(try after.loadBlob(.data, wanted[1]) == files[1].content)
      #expect(after.location(.data, wanted[0]) == nil)
      #expect(try after.loadTree(after.loadSnapshot(id).file.tree).count == 2)
    }
  }

  /// As memory that forgets makes it: sealed well, of something else.
  @Test func `what isn't what it is called is lost, and the rest of its pack is not`() throws {
    let store = MemoryStore()
    let name = BlobID(sha256([1]))
    let (other, whole) = (noise(9000, seed: 3), noise(9000, seed: 4))
    try Repository.forTesting(in: store).uploading { saver in
      try other.withUnsafeBytes { try saver.saveAgain($0, as: .data, id: name) }
      _ = try saver.save(whole)
    }
    let repository = try Repository.openForTesting(store)
    let pack = try #require(repository.location(.data, name)).pack
    #expect(repository.location(.data, BlobID(sha256(whole)))?.pack == pack)
    let lost = try salvage(pack, in: repository)
    #expect(lost.map { $0.contains("failed to load blob \(name.digest.hex)") } == [true])
    _ = try repository.rewriteIndex(without: [pack])
    let after = try Repository.openForTesting(store)
    #expect(try after.loadBlob(.data, BlobID(sha256(whole))) == whole)
    #expect(after.location(.data, name) == nil)
  }
}
