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
        let location = BlobLocation(blob, in: pack)
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
