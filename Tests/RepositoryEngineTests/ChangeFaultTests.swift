import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

/// The n-th operation of what changes a repository fails, for every n: nothing that could be restored
/// is lost, and the next try does the rest.
@Suite struct `When the store fails while it is changed` {
  private static let files: [(name: String, content: [UInt8])] = [
    ("a", noise(40_000, seed: 1)), ("b", prose(90_000, seed: 2)), ("c", noise(50_000, seed: 3)),
    ("d", []), ("e", noise(30_000, seed: 4)),
  ]

  private func makeRepository() throws -> (store: MemoryStore, id: SnapshotID) {
    let store = MemoryStore()
    let repository = try Repository.forTesting(in: store, options: .small)
    return (store, try repository.backUp(Self.files))
  }

  private func open(_ store: any ObjectStore) throws -> Repository {
    try Repository.openForTesting(store, options: .small)
  }

  /// The names of the files that a snapshot can restore.
  private func whole(_ repository: Repository, _ snapshot: StoredSnapshot) throws -> Set<String> {
    let nodes = try repository.loadTree(snapshot.file.tree)
    return Set(
      nodes.compactMap { node in
        let name = String(decoding: node.name, as: UTF8.self)
        let content = try? (node.content ?? []).flatMap { try repository.loadBlob(.data, $0) }
        return Self.files.contains { $0 == (name, content ?? [1]) } ? name : nil
      }
    )
  }

  private static let names = Set(files.map(\.name))

  // MARK: copy

  private func copy(from source: any ObjectStore, to store: any ObjectStore) throws {
    let source = try open(source)
    let destination = try open(store)
    for snapshot in try source.snapshots() {
      let copier = SnapshotCopier(from: source, to: destination)
      try destination.uploading { saver in
        try copier.copy(copier.missing(of: snapshot.file.tree), with: saver) {}
      }
      _ = try destination.saveSnapshot(snapshot.file)
    }
  }

  @Test(arguments: FaultKind.all, [false, true])
  func `copy leaves a whole repository`(_ kind: FaultKind, inSource: Bool) throws {
    let count = try withEveryFault(kind, in: .all) { faulty, number in
      let (source, _) = try makeRepository()
      let store = MemoryStore()
      _ = try Repository.forTesting(in: store, options: .small)
      let (from, to): (any ObjectStore, any ObjectStore) =
        inSource ? (faulty(source), store) : (source, faulty(store))
      let result = Result { try copy(from: from, to: to) }
      #expect(try problems(in: store) == [], "after operation \(number)")
      if case .failure = result {
        #expect(try open(store).snapshots().isEmpty)
        try copy(from: source, to: store)
      }
      #expect(try problems(in: store) == [], "after another run")
      let copied = try open(store)
      #expect(try copied.snapshots().map { try whole(copied, $0) } == [Self.names])
      return result
    }
    #expect(count > 5)
  }

  // MARK: rewrite

  private func rewrite(_ store: any ObjectStore) throws {
    try replaceSnapshots(in: store) { rewriter, _ in
      rewriter.change = { node, _ in node.name != Array("c".utf8) }
    }
  }

  /// Replaces each snapshot by what a rewriter makes of it.
  private func replaceSnapshots(
    in store: any ObjectStore,
    _ prepare: (TreeRewriter, Repository) -> Void
  ) throws {
    let repository = try open(store)
    for old in try repository.snapshots() {
      let rewriter = TreeRewriter(repository)
      prepare(rewriter, repository)
      let tree = try repository.uploading { try rewriter.rewrite(old.file.tree, with: $0) }
      if tree == old.file.tree { continue }
      var file = old.file
      file.original = old.id
      file.tree = try #require(tree)
      _ = try repository.saveSnapshot(file)
      try repository.removeSnapshot(old.id)
    }
  }

  @Test(arguments: FaultKind.all)
  func `rewrite leaves the old snapshot or the new one`(_ kind: FaultKind) throws {
    let count = try withEveryFault(kind, in: .all) { faulty, number in
      let (store, id) = try makeRepository()
      let result = Result { try rewrite(faulty(store)) }
      #expect(try problems(in: store) == [], "after operation \(number)")
      let after = try open(store)
      let left = try after.snapshots()
      if case .failure = result { #expect(left.contains { $0.id == id }) }
      for snapshot in left {
        #expect(try whole(after, snapshot).isSuperset(of: Self.names.subtracting(["c"])))
      }
      try rewrite(store)
      let last = try open(store)
      #expect(try !last.snapshots().isEmpty)
      for snapshot in try last.snapshots() {
        #expect(try whole(last, snapshot) == Self.names.subtracting(["c"]))
      }
      return result
    }
    #expect(count > 8)
  }

  // MARK: repair index

  private func repairIndex(_ store: any ObjectStore) throws {
    let repository = try Repository.open(
      store,
      password: Repository.testPassword,
      options: .small
    )
    let findings = try repository.inspectIndex(readingAllPacks: false)
    let damaged = try repository.indexPacks(of: findings) {}
    _ = try repository.rewriteIndex(after: findings, keeping: damaged)
  }

  @Test(arguments: FaultKind.all)
  func `repair index finds all packs in the end`(_ kind: FaultKind) throws {
    let count = try withEveryFault(kind, in: .all) { faulty, number in
      let (store, _) = try makeRepository()
      let index = try store.list("index").map(\.name)
      try store.put(index[0], [1, 2, 3])
      try store.remove(index[1])
      let result = Result { try repairIndex(faulty(store)) }
      try repairIndex(store)
      #expect(try problems(in: store) == [], "after operation \(number)")
      let after = try open(store)
      #expect(try after.snapshots().map { try whole(after, $0) } == [Self.names])
      return result
    }
    #expect(count > 8)
  }

  // MARK: repair packs, repair snapshots

  /// Flips a bit in the middle of a file's blob, and returns its pack.
  private func damage(_ name: String, in store: MemoryStore) throws -> PackID {
    let file = try #require(Self.files.first { $0.name == name })
    let place = try #require(try open(store).location(.data, BlobID(sha256(file.content))))
    let object = ObjectName(kind: "data", name: place.pack.digest.hex)
    var bytes = try store.get(object)
    bytes[Int(place.offset) + 20] ^= 1
    try store.put(object, bytes)
    return place.pack
  }

  private func repairPack(_ pack: PackID, _ store: any ObjectStore) throws {
    let repository = try open(store)
    try repository.uploading { saver in
      try repository.salvage([pack], with: saver, onPack: {}, onProblem: { _ in })
    }
    _ = try repository.rewriteIndex(without: [pack])
    try repository.removeFile(.data, pack.digest.hex)
  }

  @Test(arguments: FaultKind.all)
  func `repair packs loses only what was damaged`(_ kind: FaultKind) throws {
    let count = try withEveryFault(kind, in: .all) { faulty, number in
      let (store, _) = try makeRepository()
      let pack = try damage("a", in: store)
      let result = Result { try repairPack(pack, faulty(store)) }
      let between = try open(store)
      let expected = Self.names.subtracting(["a"])
      #expect(try between.snapshots().map { try whole(between, $0) } == [expected], "\(number)")
      if case .failure = result { try? repairPack(pack, store) }
      let after = try open(store)
      #expect(try after.snapshots().map { try whole(after, $0) } == [expected], "\(number)")
      return result
    }
    #expect(count > 8)
  }

  private func repairSnapshots(_ store: any ObjectStore) throws {
    try replaceSnapshots(in: store) { rewriter, repository in
      rewriter.replacement = { _ in .emptyFolder }
      rewriter.change = { node, _ in
        node.content = node.content?.filter { repository.plainSize(.data, $0) != nil }
        return true
      }
    }
  }

  @Test(arguments: FaultKind.all)
  func `repair snapshots keeps every whole file`(_ kind: FaultKind) throws {
    let count = try withEveryFault(kind, in: .all) { faulty, number in
      let (store, _) = try makeRepository()
      let pack = try damage("a", in: store)
      try repairPack(pack, store)
      let result = Result { try repairSnapshots(faulty(store)) }
      let expected = Self.names.subtracting(["a"])
      let between = try open(store)
      #expect(try !between.snapshots().isEmpty)
      for snapshot in try between.snapshots() {
        #expect(try whole(between, snapshot) == expected, "after operation \(number)")
      }
      try repairSnapshots(store)
      #expect(try problems(in: store) == [], "after another run")
      let after = try open(store)
      for snapshot in try after.snapshots() { #expect(try whole(after, snapshot) == expected) }
      return result
    }
    #expect(count > 8)
  }
}
