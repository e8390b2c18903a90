import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Copying to another repository` {
  private let files = [
    (name: "a", content: noise(70_000, seed: 1)), (name: "b", content: prose(200_000, seed: 2)),
    (name: "c", content: noise(70_000, seed: 1)), (name: "d", content: []),
  ]

  private func copy(_ id: SnapshotID, _ source: Repository, _ store: any ObjectStore) throws {
    let destination = try Repository.openForTesting(store)
    let copier = SnapshotCopier(from: source, to: destination)
    let snapshot = try source.loadSnapshot(id)
    try destination.uploading { saver in
      let missing = try copier.missing(of: snapshot.file.tree)
      let packs = Locked(0)
      try copier.copy(missing, with: saver) { packs.update { $0 += 1 } }
      #expect(packs.value == missing.packCount)
      #expect(try copier.missing(of: snapshot.file.tree).count == 0)
    }
    _ = try destination.saveSnapshot(snapshot.file)
  }

  @Test(arguments: [1, 2]) func `brings over every blob, into any version`(version: Int) throws {
    let source = try Repository.forTesting()
    let id = try source.backUp(files)
    let store = MemoryStore()
    _ = try Repository.forTesting(in: store, version: version)
    try copy(id, source, store)
    #expect(try problems(in: store) == [])
    let tree = try source.loadSnapshot(id).file.tree
    let copied = try Repository.openForTesting(store)
    #expect(try copied.loadTree(tree) == source.loadTree(tree))
    #expect(try copied.loadBlob(.data, BlobID(sha256(files[0].content))) == files[0].content)
  }

  @Test func `reads only what is missing`() throws {
    let source = try Repository.forTesting()
    let first = try source.backUp(files)
    let second = try source.backUp(files + [(name: "new", content: noise(10_000, seed: 9))])
    let store = MemoryStore()
    _ = try Repository.forTesting(in: store)
    try copy(first, source, store)
    let destination = try Repository.openForTesting(store)
    let copier = SnapshotCopier(from: source, to: destination)
    let missing = try copier.missing(of: source.loadSnapshot(second).file.tree)
    #expect(missing.count == 2)
  }

  @Test func `ends at a damaged blob, before there is a snapshot`() throws {
    let base = MemoryStore()
    let source = try Repository.forTesting(in: base)
    let id = try source.backUp(files)
    let packs = try base.list("data").map(\.name)
    for name in packs {
      var bytes = try base.get(name)
      bytes[100] ^= 1
      try base.put(name, bytes)
    }
    let store = MemoryStore()
    _ = try Repository.forTesting(in: store)
    #expect(throws: RepositoryError.self) { try copy(id, source, store) }
    #expect(try store.list("snapshots").isEmpty)
  }
}
