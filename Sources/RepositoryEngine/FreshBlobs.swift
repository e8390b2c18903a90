import RepositoryFormat
import Synchronization

/// Blobs that were stored after the index was loaded, and those on their way.
final class FreshBlobs: Sendable {
  private struct State {
    var data = BlobTable()
    var trees = BlobTable()
    var packs: [PackID] = []

    subscript(type: BlobType) -> BlobTable {
      _read { yield type == .data ? data : trees }
      _modify { if type == .data { yield &data } else { yield &trees } }
    }
  }

  private let state = Mutex(State())

  /// Notes that the caller is about to store a blob; false when it is stored or on its way.
  func reserve(_ type: BlobType, _ id: BlobID, plainSize: Int) -> Bool {
    state.withLock { state in
      if state[type].first(id) != nil { return false }
      state[type].insert(
        BlobEntry(
          id: id,
          pack: BlobEntry.pending,
          offset: 0,
          length: UInt32(plainSize + Sealer.overhead),
          uncompressedLength: 0
        )
      )
      return true
    }
  }

  /// Notes where blobs are, now that their pack is durable.
  func locate(_ blobs: [PackedBlob], in pack: PackID) {
    state.withLock { state in
      let number = UInt32(state.packs.count)
      state.packs.append(pack)
      for blob in blobs {
        let table = state[blob.type]
        for known in table.numbers(blob.id) where table.entries[known].pack == BlobEntry.pending {
          table.entries[known] = BlobEntry(
            id: blob.id,
            pack: number,
            offset: blob.offset,
            length: blob.length,
            uncompressedLength: blob.uncompressedLength
          )
        }
      }
    }
  }

  /// Forgets what was on its way.
  func dropPending() {
    state.withLock { state in
      for type in [BlobType.data, .tree] {
        var kept = BlobSegments()
        state[type].entries.forEach { _, entry in
          if entry.pack != BlobEntry.pending { kept.append(entry) }
        }
        if kept.count < state[type].entries.count { state[type] = BlobTable(kept) }
      }
    }
  }

  /// Forgets everything.
  func forget() {
    state.withLock { $0 = State() }
  }

  func contains(_ type: BlobType, _ id: BlobID) -> Bool {
    state.withLock { $0[type].first(id) != nil }
  }

  func plainSize(_ type: BlobType, _ id: BlobID) -> Int? {
    state.withLock { state in
      state[type].first(id).map { entry in
        entry.uncompressedLength == 0
          ? Int(entry.length) - Sealer.overhead : Int(entry.uncompressedLength)
      }
    }
  }

  func locations(_ type: BlobType, _ id: BlobID) -> [BlobLocation] {
    state.withLock { state in
      let table = state[type]
      return table.numbers(id).map { table.entries[$0] }
        .filter { $0.pack != BlobEntry.pending }
        .map { BlobLocation($0, in: state.packs[Int($0.pack)]) }
    }
  }
}
