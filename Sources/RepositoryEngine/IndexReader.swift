import RepositoryFormat
import Synchronization

/// Numbers for packs, given in the order they are first met.
final class PackNumbers: Sendable {
  private struct State {
    var packs: [PackID] = []
    var numbers: [PackID: UInt32] = [:]
  }

  private let state = Mutex(State())

  var packs: [PackID] { state.withLock { $0.packs } }

  func number(of pack: PackID) -> UInt32 {
    state.withLock { state in
      if let known = state.numbers[pack] { return known }
      let number = UInt32(state.packs.count)
      state.packs.append(pack)
      state.numbers[pack] = number
      return number
    }
  }
}

/// The entries of index files that one thread read.
///
/// `@unchecked Sendable`: ``Pool`` gives it to one thread at a time.
final class GatheredIndex: @unchecked Sendable {
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

/// Takes the entries of one index file, pack by pack.
struct IndexReader {
  private let target: GatheredIndex
  private let numbers: PackNumbers
  private var packs: [PackID: IndexedPack] = [:]
  private var current: (id: PackID, number: UInt32, said: IndexedPack)?

  init(_ target: GatheredIndex, _ numbers: PackNumbers) {
    self.target = target
    self.numbers = numbers
  }

  mutating func add(_ blob: PackedBlob, in pack: PackID) {
    if current?.id != pack {
      close()
      current = (pack, numbers.number(of: pack), packs[pack] ?? IndexedPack())
    }
    current?.said.add(blob)
    target.append(blob, current?.number ?? 0)
  }

  /// What the file says of each pack.
  mutating func finish() -> [PackID: IndexedPack] {
    close()
    return packs
  }

  private mutating func close() {
    if let current { packs[current.id] = current.said }
    current = nil
  }
}
