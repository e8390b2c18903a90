import Keeping
import Machine
import Quiescing
import Synchronization

/// Writes down what is held and stays so when nobody lets it go: in the journal for the next start,
/// and with the keeper for when we are killed.
final class HoldJournal: HoldRecord {
  let folder: FilePath
  private let record: JournalRecord
  private let keeper: Keeper
  private let holds = Mutex<[LastingHold]>([])

  init(stateFolder: FilePath, _ keeper: Keeper) {
    folder = stateFolder
    record = Journal(folder: stateFolder).record(of: .random())
    self.keeper = keeper
  }

  func note(_ hold: LastingHold) throws {
    try holds.withLock { holds in
      try record.write([], holds: holds + [hold])
      if holds.isEmpty { try keeper.addUndo(.release(record: record.path)) }
      holds.append(hold)
    }
  }

  func drop(_ hold: LastingHold) {
    holds.withLock { holds in
      guard let index = holds.lastIndex(of: hold) else { return }
      holds.remove(at: index)
      // What stays written down is let go twice, which does no harm.
      if holds.isEmpty {
        try? record.remove()
        try? keeper.removeUndo(.release(record: record.path))
      } else {
        try? record.write([], holds: holds)
      }
    }
  }
}
