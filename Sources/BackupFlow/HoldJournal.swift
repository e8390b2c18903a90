import Keeping
import Machine
import Quiescing
import Synchronization

/// Writes down what is held and stays so when nobody lets it go: in the journal for the next start,
/// and with the keeper for when we are killed.
final class HoldJournal: HoldRecord {
  private struct State {
    var holds: [LastingHold] = []
    /// What the record in the journal holds; the keeper knows of it unless it is empty.
    var written: [LastingHold] = []
  }

  let folder: FilePath
  private let record: JournalRecord
  private let keeper: Keeper
  private let state = Mutex(State())

  init(stateFolder: FilePath, _ keeper: Keeper) {
    folder = stateFolder
    record = Journal(folder: stateFolder).record(of: .random())
    self.keeper = keeper
  }

  func note(_ hold: LastingHold) throws {
    try state.withLock { state in
      do {
        try record.write([], holds: state.holds + [hold])
        if state.written.isEmpty { try keeper.addUndo(.release(record: record.path)) }
      } catch {
        writeDown(&state)  // It won't be held.
        throw error
      }
      state.holds.append(hold)
      state.written = state.holds
    }
  }

  /// Takes it back after it was let go; ``settle()`` writes that down, since who is let go next is not
  /// to wait for a disk.
  func drop(_ hold: LastingHold) {
    state.withLock { state in
      if let index = state.holds.lastIndex(of: hold) { state.holds.remove(at: index) }
    }
  }

  /// Writes down what stays held, once everybody was let go who can be.
  func settle() {
    state.withLock { state in
      if state.holds != state.written { writeDown(&state) }
    }
  }

  /// What stays written down is let go twice, which does no harm.
  private func writeDown(_ state: inout State) {
    if state.holds.isEmpty {
      try? record.remove()
      try? keeper.removeUndo(.release(record: record.path))
    } else {
      try? record.write([], holds: state.holds)
    }
    state.written = state.holds
  }
}
