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
    let parts = Pool { GatheredIndex() }
    let numbers = Mutex(PackNumbers())
    try inParallel(
      names(of: .index),
      threads: readersMax,
      interruption: interruption
    ) { [self] name in
      try parts.with { part in
        try readIndexFile(name) { blob, number in
          part.append(blob, number)
        } number: { pack in
          numbers.withLock { $0.number(of: pack) }
        }
      }
    }
    let all = GatheredIndex()
    for part in parts.drain() { all.append(part) }
    let packs = numbers.withLock { $0.packs }
    let built = BlobIndex(data: all.data, trees: all.trees, packs: packs)
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

  /// Where one copy of a blob is; nil when the repository doesn't hold it.
  package func location(_ type: BlobType, _ id: BlobID) -> BlobLocation? {
    locations(type, id).first
  }

  /// Where all copies of a blob are.
  package func locations(_ type: BlobType, _ id: BlobID) -> [BlobLocation] {
    (loadedIndex?.locations(type, id) ?? []) + fresh.locations(type, id)
  }

  var loadedIndex: BlobIndex? { index.withLock { $0 } }

  /// How many files are read at once: reading also computes.
  var readersMax: Int { min(8, max(Host.processorCount, store.properties.connections)) }

  /// Calls `each` for every blob of an index file with its pack's number.
  private func readIndexFile(
    _ name: String,
    _ each: (PackedBlob, UInt32) -> Void,
    number: (PackID) -> UInt32
  ) throws {
    let json = try loadUnpacked(.index, name)
    var last: (pack: PackID, number: UInt32)?
    do {
      try json.withUnsafeBytes { bytes in
        try parseIndex(bytes) { pack, blob in
          if last?.pack != pack { last = (pack, number(pack)) }
          each(blob, last?.number ?? 0)
        }
      }
    } catch {
      throw failure(.damaged(.index, name: name), error)
    }
  }
}

/// The entries of index files that one thread read.
///
/// `@unchecked Sendable`: ``Pool`` gives it to one thread at a time.
private final class GatheredIndex: @unchecked Sendable {
  private(set) var data = BlobSegments()
  private(set) var trees = BlobSegments()

  func append(_ blob: PackedBlob, _ pack: UInt32) {
    let entry = BlobEntry(
      id: blob.id,
      pack: pack,
      offset: blob.offset,
      length: blob.length,
      uncompressedLength: blob.uncompressedLength
    )
    if blob.type == .data { data.append(entry) } else { trees.append(entry) }
  }

  func append(_ other: GatheredIndex) {
    data.append(contentsOf: other.data)
    trees.append(contentsOf: other.trees)
  }
}
