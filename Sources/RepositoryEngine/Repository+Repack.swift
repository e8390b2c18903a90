import Machine
import ObjectStorage
import RepositoryFormat
import Synchronization

extension Repository {
  /// Copies blobs out of some packs into new ones, and makes those durable, index included.
  ///
  /// Every blob is opened and its hash compared before it is copied; a damaged one is taken from
  /// another pack when there is one.
  ///
  /// - Parameters:
  ///   - packs: Where the blobs are.
  ///   - wanted: Above zero for the blobs that are wanted.
  ///   - index: Loaded.
  ///   - compresses: Whether what isn't compressed is compressed now.
  ///   - interruption: Asked between packs.
  ///   - progress: Called from any thread with the number of packs that are done.
  /// - Throws: ``PruneError`` when a wanted blob is in none of the packs; ``RepositoryError`` when
  ///   one is damaged; ``StoreError``; ``Interrupted``.
  func repack(
    _ packs: [PackID],
    _ wanted: BlobCounts,
    _ index: BlobIndex,
    compresses: Bool,
    interruption: Interruption,
    progress: @escaping @Sendable (Int) -> Void
  ) throws {
    let left = Mutex(wanted)
    let chosen = Set(packs)
    let isChosen = index.packs.map(chosen.contains)
    let contents = PackContents(index, of: isChosen)
    let numbers = isChosen.indices.filter { isChosen[$0] }
    let done = Atomic(0)
    try uploading(interruption: interruption) { saver in
      let readers = min(readersMax, store.properties.connections)
      try inParallel(numbers, threads: readers, interruption: interruption) { [self] number in
        let blobs = contents.blobs(number).filter { blob in
          guard let first = index.table(blob.type).firstNumber(blob.id) else { return false }
          return left.withLock { left in
            defer { left[blob.type, first] = 0 }
            return left[blob.type, first] > 0
          }
        }
        try copy(blobs, of: index.packs[number], to: saver, compresses: compresses)
        progress(done.add(1, ordering: .relaxed).newValue)
      }
    }
    if left.withLock({ !$0.isZero }) { throw PruneError(.notMoved) }
  }

  /// Copies blobs of one pack, in runs with one request each.
  private func copy(
    _ blobs: [PackedBlob],
    of pack: PackID,
    to saver: BlobSaver,
    compresses: Bool
  ) throws {
    let runMax = UInt64(4 << 20)
    var rest = blobs[...]
    while let first = rest.first {
      let run = rest.prefix { blob in
        UInt64(blob.offset) + UInt64(blob.length) - UInt64(first.offset) <= runMax
      }
      let next = run.isEmpty ? rest.prefix(1) : run
      try copy(run: next, of: pack, to: saver, compresses: compresses)
      rest = rest.dropFirst(next.count)
    }
  }

  private func copy(
    run: ArraySlice<PackedBlob>,
    of pack: PackID,
    to saver: BlobSaver,
    compresses: Bool
  ) throws {
    guard let first = run.first, let last = run.last else { return }
    let length = Int(last.offset - first.offset) + Int(last.length)
    let name = ObjectName(kind: FileKind.data.rawValue, name: pack.digest.hex)
    let bytes = Result { try store.get(name, offset: UInt64(first.offset), length: length) }
    for blob in run {
      let again = compresses && !blob.isCompressed && config.version > 1
      do {
        try bytes.get().withUnsafeBytes { bytes in
          let start = Int(blob.offset - first.offset)
          let sealed = UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(blob.length)])
          try saver.copy(sealed, blob, of: pack, sealsAnew: again)
        }
      } catch let error as DamagedCopy {
        let plain = try loadBlob(blob.type, blob.id, besides: pack, after: error.cause)
        try plain.withUnsafeBytes { try saver.saveAgain($0, as: blob.type, id: blob.id) }
      }
    }
  }
}

/// A copy of a blob that can't be opened, or isn't what its id says.
struct DamagedCopy: Error {
  let cause: any Error
}
