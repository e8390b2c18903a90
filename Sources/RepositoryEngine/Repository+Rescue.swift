import Machine
import ObjectStorage
import RepositoryFormat
import Synchronization

extension Repository {
  /// Makes sure that of every blob with several copies one that stays is whole, before the others
  /// are removed.
  ///
  /// Without this a prune might keep the one copy that is damaged. Few blobs have several copies:
  /// those that an interrupted prune left, or two backups at the same time.
  ///
  /// - Parameters:
  ///   - needed: Above zero for blobs that snapshots need.
  ///   - going: Packs that are about to be removed, and those that are gone.
  ///   - index: Loaded.
  ///   - interruption: Asked between blobs.
  /// - Throws: ``RepositoryError`` when no copy is whole; ``StoreError``; ``Interrupted``.
  func rescueDuplicates(
    _ needed: BlobCounts,
    from going: Set<PackID>,
    _ index: BlobIndex,
    interruption: Interruption
  ) throws {
    let isGoing = index.packs.map(going.contains)
    var hasGoingCopy = BlobCounts(index)
    index.forEach { type, number, entry in
      if isGoing[Int(entry.pack)], needed[type, number] > 0 { hasGoingCopy[type, number] = 1 }
    }
    var staying: [PackedCopy] = []
    index.forEach { type, number, entry in
      guard hasGoingCopy[type, number] > 0, !isGoing[Int(entry.pack)] else { return }
      let location = BlobLocation(entry, in: index.packs[Int(entry.pack)])
      staying.append(PackedCopy(type: type, id: entry.id, location: location))
    }
    let damaged = Mutex<[PackedCopy]>([])
    try inParallel(staying, threads: readersMax, interruption: interruption) { [self] copy in
      if !isWhole(copy) { damaged.withLock { $0.append(copy) } }
    }
    let lost = damaged.withLock { $0 }
    if lost.isEmpty { return }
    try uploading(interruption: interruption) { saver in
      for copy in lost {
        let plain = try loadBlob(copy.type, copy.id, besides: copy.location.pack, after: nil)
        try plain.withUnsafeBytes { try saver.saveAgain($0, as: copy.type, id: copy.id) }
      }
    }
  }

  private func isWhole(_ copy: PackedCopy) -> Bool {
    let name = ObjectName(kind: FileKind.data.rawValue, name: copy.location.pack.digest.hex)
    let (offset, length) = (UInt64(copy.location.offset), Int(copy.location.length))
    guard let sealed = try? store.get(name, offset: offset, length: length) else { return false }
    return codecs.with { codec in
      defer { codec.trim() }
      let opened = sealed.withUnsafeBytes { try? codec.open($0, copy.location, copy.id) }
      return opened != nil
    }
  }
}

/// One of several copies of a blob.
private struct PackedCopy: Sendable {
  var type: BlobType
  var id: BlobID
  var location: BlobLocation
}
