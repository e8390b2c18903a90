import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

/// Old versions of restic put trees and data into the same packs.
@Suite struct `A pack of trees and data` {
  private static let files: [(name: String, content: [UInt8])] = [
    ("a", noise(3000, seed: 1)), ("b", prose(9000, seed: 2)),
  ]
  /// A blob that no tree refers to.
  private static let unneeded = noise(5000, seed: 3)

  private func makeStore() throws -> MemoryStore {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store, version: 1)
    let sealer = Sealer(repository.masterKey)
    let nodes = Self.files.map { file in
      var node = Node(name: Array(file.name.utf8), type: .file)
      node.size = UInt64(file.content.count)
      node.content = [BlobID(sha256(file.content))]
      return node
    }
    let tree = encodeTree(nodes)
    let blobs: [(BlobType, [UInt8])] = [
      (.data, Self.files[0].content), (.tree, tree), (.data, Self.unneeded),
      (.data, Self.files[1].content),
    ]
    var pack: [UInt8] = []
    let entries = blobs.map { type, plain in
      let sealed = sealer.sealed(plain)
      defer { pack += sealed }
      return PackedBlob(
        id: BlobID(sha256(plain)),
        type: type,
        offset: UInt32(pack.count),
        length: UInt32(sealed.count),
        uncompressedLength: 0
      )
    }
    let header = sealer.sealed(encodeHeader(entries))
    pack += header
    pack += (0..<4).map { UInt8(truncatingIfNeeded: header.count >> ($0 * 8)) }
    let id = sha256(pack)
    try store.put(ObjectName(kind: FileKind.data.rawValue, name: id.hex), pack)
    let index = try repository.sealUnpacked(.index, encodeIndex([(PackID(id), entries)]))
    try store.put(ObjectName(kind: FileKind.index.rawValue, name: index.0.hex), index.1)
    let time = NodeTime(seconds: 1_700_000_000, nanoseconds: 0)
    let file = SnapshotFile(time: time, tree: BlobID(sha256(tree)), paths: [Array("/x".utf8)])
    _ = try Repository.openForTesting(store).saveSnapshot(file)
    return store
  }

  private func contents(_ store: MemoryStore) throws -> [[UInt8]] {
    let repository = try Repository.openForTesting(store)
    return try repository.snapshots().flatMap { snapshot in
      try repository.loadTree(snapshot.file.tree).map { node in
        try (node.content ?? []).flatMap { try repository.loadBlob(.data, $0) }
      }
    }
  }

  @Test func `is read, and taken apart by a prune`() throws {
    let store = try makeStore()
    #expect(try problems(in: store) == [])
    #expect(try contents(store) == Self.files.map(\.content))
    var options = PruneOptions()
    options.unusedMax = .bytes(0)
    try Repository.openForTesting(store).prune(options, observer: SeenPrune())
    #expect(try problems(in: store) == [])
    #expect(try contents(store) == Self.files.map(\.content))
    #expect(try store.list("data").count == 2)
    let pruned = try Repository.openForTesting(store)
    #expect(pruned.location(.data, BlobID(sha256(Self.unneeded))) == nil)
  }

  @Test func `is indexed again`() throws {
    let store = try makeStore()
    for object in try store.list("index") { try store.remove(object.name) }
    let repository = try Repository.open(store, password: Repository.testPassword)
    let findings = try repository.inspectIndex(readingAllPacks: false)
    #expect(try repository.indexPacks(of: findings) {} == [])
    #expect(try contents(store) == Self.files.map(\.content))
  }
}
