import ObjectStorage
import RepositoryFormat
import Synchronization

/// Packs that no index file names yet.
final class PendingIndex: Sendable {
  private struct State {
    var packs: [(PackID, [PackedBlob])] = []
    var blobs = 0
    var since: ContinuousClock.Instant?
  }

  private let state = Mutex(State())
  private let repository: Repository

  init(_ repository: Repository) { self.repository = repository }

  /// Adds a pack that was committed, and writes an index file when enough is waiting.
  func add(_ pack: PackID, _ blobs: [PackedBlob]) throws {
    let options = repository.options
    let now = ContinuousClock.now
    let isDue = state.withLock { state in
      state.packs.append((pack, blobs))
      state.blobs += blobs.count
      let since = state.since ?? now
      state.since = since
      return state.blobs >= options.indexBlobsMax || now - since >= options.indexAgeMax
    }
    if isDue { try write() }
  }

  /// Writes an index file that names everything that waits, once that is durable.
  func write() throws {
    let taken = state.withLock { state in
      defer { state = State() }
      return state
    }
    guard !taken.packs.isEmpty else { return }
    do {
      try repository.store.settle()
      _ = try repository.saveUnpacked(.index, encodeIndex(taken.packs))
    } catch {
      // They are tried once more with the last index.
      state.withLock { state in
        state.packs += taken.packs
        state.blobs += taken.blobs
        state.since = taken.since
      }
      throw error
    }
  }
}
