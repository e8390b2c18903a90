package import Machine
import ObjectStorage
package import RepositoryFormat
import Synchronization

extension Repository {
  /// Reads all index files.
  ///
  /// List snapshots first: an index that is read before them may not know what a newer one
  /// needs.
  ///
  /// - Parameter interruption: Asked between files.
  /// - Throws: ``RepositoryError`` naming a damaged index file, ``StoreError``, ``Interrupted``.
  package func loadIndex(_ interruption: Interruption = Interruption()) throws {
    try loadIndex(interruption) { _, _, error in if let error { throw error } }
  }

  /// Reads all index files, and calls `onFile` with what each says of packs, or with what is
  /// wrong with it: then its packs are what was read before.
  func loadIndex(
    _ interruption: Interruption,
    onFile: @escaping @Sendable (String, [PackID: IndexedPack], (any Error)?) throws -> Void
  ) throws {
    let parts = Pool { GatheredIndex() }
    let numbers = PackNumbers()
    let files = try names(of: .index)
    try inParallel(files, threads: readersMax, interruption: interruption) { [self] name in
      try parts.with { part in
        var reader = IndexReader(part, numbers)
        var failure: (any Error)?
        do {
          try readIndexFile(name) { reader.add($1, in: $0) }
        } catch {
          failure = error
        }
        try onFile(name, reader.finish(), failure)
      }
    }
    let all = GatheredIndex()
    for part in parts.drain() { all.append(part) }
    let built = BlobIndex(data: all.data, trees: all.trees, packs: numbers.packs)
    index.withLock { $0 = built }
  }

  /// Whether the repository holds a blob, or will when what is being uploaded is complete.
  package func contains(_ type: BlobType, _ id: BlobID) -> Bool {
    loadedIndex?.contains(type, id) ?? false || fresh.contains(type, id)
  }

  /// The size of a blob's plaintext; nil when the repository doesn't hold it.
  package func plainSize(_ type: BlobType, _ id: BlobID) -> Int? {
    if let entry = loadedIndex?.table(type).first(id) {
      return BlobLocation(entry, in: PackID(id.digest)).plainSize
    }
    return fresh.plainSize(type, id)
  }

  /// All blobs of a type that index files name.
  package func blobs(of type: BlobType) -> Set<BlobID> {
    var found: Set<BlobID> = []
    loadedIndex?.table(type).entries.forEach { found.insert($1.id) }
    return found
  }

  /// Where one copy of a blob is; nil when the repository doesn't hold it.
  package func location(_ type: BlobType, _ id: BlobID) -> BlobLocation? {
    locations(type, id).first
  }

  /// Where all copies of a blob are.
  package func locations(_ type: BlobType, _ id: BlobID) -> [BlobLocation] {
    (loadedIndex?.locations(type, id) ?? []) + fresh.locations(type, id)
  }

  /// An empty set of this repository's blobs, as the index knows them now.
  ///
  /// - Throws: ``RepositoryError`` when the index wasn't loaded.
  package func noBlobs() throws -> BlobSet {
    guard let loadedIndex else { throw failure(.misuse("the index wasn't loaded")) }
    return BlobSet(loadedIndex)
  }

  var loadedIndex: BlobIndex? { index.withLock { $0 } }

  /// Drops an index that isn't true any more, and what was stored since it was loaded.
  func forgetIndex() {
    index.withLock { $0 = nil }
    fresh.forget()
  }

  /// How many files are read at once: reading also computes.
  var readersMax: Int { min(8, max(Host.processorCount, store.properties.connections)) }

  /// Calls `each` for every blob of an index file, pack by pack.
  ///
  /// - Throws: ``RepositoryError`` when the file is damaged, ``StoreError``; what `each` throws.
  package func readIndexFile(
    _ name: String,
    _ each: (PackID, PackedBlob) throws -> Void
  ) throws {
    let json = try loadUnpacked(.index, name)
    do {
      try json.withUnsafeBytes { try parseIndex($0, each) }
    } catch {
      throw failure(.damaged(.index, name: name), error)
    }
  }
}
