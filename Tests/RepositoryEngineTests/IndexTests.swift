import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `The index` {
  @Test func `finds every blob of several files, and no other`() throws {
    let repository = try Repository.forTesting()
    let count = 150_000
    for file in 0..<3 {
      let first = file * 50_000
      let blobs = (first..<first + 50_000).map { packed($0, at: UInt32($0 - first) * 100) }
      try put([(pack(file), blobs)], in: repository)
    }
    try repository.loadIndex()
    for number in 0..<count where !repository.contains(.data, id(number)) {
      Issue.record("blob \(number) is not found")
    }
    for number in count..<count + 1000 where repository.contains(.data, id(number)) {
      Issue.record("blob \(number) is found")
    }
    #expect(!repository.contains(.tree, id(7)))
    #expect(repository.location(.data, id(70_000))?.pack == pack(1))
    #expect(repository.location(.data, id(70_000))?.offset == 2_000_000)
    #expect(repository.plainSize(.data, id(5)) == 1005)
  }

  @Test func `knows all packs that hold a blob, each once`() throws {
    let repository = try Repository.forTesting()
    for file in 0..<2 {
      try put(
        [(pack(1), [packed(1, at: 0)]), (pack(10 + file), [packed(1, at: 5)])],
        in: repository
      )
    }
    try repository.loadIndex()
    let packs = repository.locations(.data, id(1)).map(\.pack)
    #expect(packs.count == 3)
    #expect(Set(packs) == [pack(1), pack(10), pack(11)])
  }

  @Test func `names a file that is damaged`() throws {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store)
    try put([(pack(1), [packed(1, at: 0)])], in: repository)
    let name = try #require(try store.list("index").first).name
    var bytes = try store.get(name)
    bytes[20] ^= 1
    try store.put(name, bytes)
    #expect(reason { try repository.loadIndex() } == .damaged(.index, name: name.name))
  }

  @Test func `reads a file that says nothing`() throws {
    let repository = try Repository.forTesting()
    try put([], in: repository)
    try repository.loadIndex()
    #expect(!repository.contains(.data, id(1)))
    #expect(reason { try repository.loadBlob(.data, id(1)) } == .unreadableBlob(.data, id(1)))
  }

  private func id(_ number: Int) -> BlobID { BlobID(sha256(Array("blob \(number)".utf8))) }

  private func pack(_ number: Int) -> PackID { PackID(sha256(Array("pack \(number)".utf8))) }

  private func packed(_ number: Int, at offset: UInt32) -> PackedBlob {
    PackedBlob(
      id: id(number),
      type: .data,
      offset: offset,
      length: 100,
      uncompressedLength: UInt32(1000 + number % 50_000)
    )
  }

  private func put(_ packs: [(PackID, [PackedBlob])], in repository: Repository) throws {
    let (id, sealed) = try repository.sealUnpacked(.index, encodeIndex(packs))
    try repository.store.put(ObjectName(kind: "index", name: id.hex), sealed)
  }
}
