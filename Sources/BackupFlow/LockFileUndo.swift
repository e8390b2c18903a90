import Keeping
import Machine
import Synchronization

/// Has the keeper remove our lock from a local repository when the main process is killed.
final class LockFileUndo: Sendable {
  private let keeper: Keeper
  private let known = Mutex<[FilePath]>([])

  init(_ keeper: Keeper) { self.keeper = keeper }

  /// Takes note of the file that is the lock now; nil when there is none.
  ///
  /// Without a keeper a lock that is left becomes stale after half an hour, as restic's does.
  func note(_ path: FilePath?) {
    if let path {
      known.withLock { $0.append(path) }
      try? keeper.addUndo(.unlink(path))
    } else {
      let old = known.withLock { known in
        defer { known = [] }
        return known
      }
      for path in old { try? keeper.removeUndo(.unlink(path)) }
    }
  }
}
