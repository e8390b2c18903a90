import Machine
import ObjectStorage
import RepositoryFormat
import Synchronization

extension Repository {
  /// Reads packs and checks every byte of them.
  func checkContents(
    of packs: [StoredPack],
    _ indexed: [PackID: IndexedPack],
    _ report: CheckReport,
    _ interruption: Interruption
  ) throws {
    let counted = Mutex((packs: 0, bytes: UInt64(0)))
    try inParallel(packs, threads: readersMax, interruption: interruption) { [self] pack in
      var problems = try contentProblems(of: pack, indexed[pack.id], interruption)
      // Once more: it may have been the way here.
      if !problems.isEmpty {
        problems = try contentProblems(of: pack, indexed[pack.id], interruption)
      }
      let name = pack.id.digest.hex
      for problem in problems {
        report.error(.data, name, "pack \(name): \(problem)", isPackBroken: pack.id)
      }
      let done = counted.withLock { counted in
        counted.packs += 1
        counted.bytes += pack.size
        return counted
      }
      report.update { summary in
        summary.packsRead = done.packs
        return .packs(done: done.packs, of: packs.count, bytes: done.bytes)
      }
    }
  }

  /// What is wrong with a pack's content: every blob, the header, the hash, the index.
  private func contentProblems(
    of pack: StoredPack,
    _ said: IndexedPack?,
    _ interruption: Interruption
  ) throws -> [String] {
    var problems: [String] = []
    let reader = PackReader(store, pack)
    do {
      let blobs = try codecs.with { try reader.header($0.sealer) }
      if let said, said.blobs != blobs.count {
        problems.append("it holds \(blobs.count) blobs, the index says \(said.blobs)")
      }
      let run = UInt64(4 << 20)
      var rest = blobs[...]
      while let first = rest.first {
        try interruption.check()
        let group = rest.prefix {
          UInt64($0.offset) + UInt64($0.length) - UInt64(first.offset) <= run
        }
        let next = group.isEmpty ? rest.prefix(1) : group
        problems += try contentProblems(of: next, in: pack.id, reader)
        rest = rest.dropFirst(next.count)
      }
      if try reader.hash() != pack.id.digest {
        problems.append("its content doesn't have the SHA-256 that is its name")
      }
    } catch let error as Interrupted {
      throw error
    } catch {
      problems.append(explained(error))
    }
    return problems
  }

  private func contentProblems(
    of blobs: ArraySlice<PackedBlob>,
    in pack: PackID,
    _ reader: PackReader
  ) throws -> [String] {
    guard let first = blobs.first else { return [] }
    let length = blobs.reduce(0) { $0 + Int($1.length) }
    let bytes = try reader.next(length)
    return codecs.with { codec in
      defer { codec.trim() }
      return blobs.compactMap { blob in
        let location = BlobLocation(
          pack: pack,
          offset: blob.offset,
          length: blob.length,
          uncompressedLength: blob.uncompressedLength
        )
        let name = "\(blob.type.word) blob \(blob.id.digest.hex)"
        let start = Int(blob.offset - first.offset)
        do {
          try bytes.withUnsafeBytes { bytes in
            let sealed = bytes[start..<start + Int(blob.length)]
            _ = try codec.open(UnsafeRawBufferPointer(rebasing: sealed), location, blob.id)
          }
        } catch {
          return "\(name) is damaged: \(error)"
        }
        let isIndexed = locations(blob.type, blob.id).contains(location)
        return isIndexed ? nil : "\(name) is not where the index says"
      }
    }
  }
}

/// Reads a pack once, from its beginning to its end, and hashes it on the way.
final class PackReader {
  private let store: any ObjectStore
  private let name: ObjectName
  private let size: UInt64
  private let sha = IncrementalSHA256()
  private var position: UInt64 = 0

  init(_ store: any ObjectStore, _ pack: StoredPack) {
    self.store = store
    name = ObjectName(kind: FileKind.data.rawValue, name: pack.id.digest.hex)
    size = pack.size
  }

  /// The blobs in the pack, by its own header.
  func header(_ sealer: Sealer) throws -> [PackedBlob] {
    let fieldSize = UInt64(PackLayout.lengthFieldSize)
    guard size >= PackLayout.fileSizeMin else {
      throw FormatError("pack", "\(size) bytes are too few")
    }
    let field = try store.get(name, offset: size - fieldSize, length: Int(fieldSize))
    let length = field.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let sealedSize = try PackLayout.sealedHeaderSize(lengthField: length, fileSize: size)
    let start = size - fieldSize - UInt64(sealedSize)
    let sealed = try store.get(name, offset: start, length: sealedSize)
    let blobs = try parseHeader(try sealer.opened(sealed))
    let end = blobs.last.map { UInt64($0.offset) + UInt64($0.length) } ?? 0
    if end != start {
      throw FormatError("pack", "its blobs end at byte \(end), its header begins at \(start)")
    }
    return blobs
  }

  /// The next `length` bytes.
  func next(_ length: Int) throws -> [UInt8] {
    let bytes = try store.get(name, offset: position, length: length)
    bytes.withUnsafeBytes { sha.update($0) }
    position += UInt64(length)
    return bytes
  }

  /// The hash of the whole pack, after reading what is left.
  func hash() throws -> Digest {
    if position < size { _ = try next(Int(size - position)) }
    return sha.finish()
  }
}
