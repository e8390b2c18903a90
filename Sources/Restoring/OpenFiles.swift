import Synchronization

/// The files that are open for writing, so many and no more: the oldest is closed when another
/// one is opened, and opened again when it is needed.
final class OpenFiles: Sendable {
  private struct State {
    var files: [PlannedFile?]
    var oldest = 0
  }

  private let state: Mutex<State>

  init(max: Int = 256) { state = Mutex(State(files: Array(repeating: nil, count: max))) }

  /// Notes that `file` was opened; nobody may hold its lock.
  func opened(_ file: PlannedFile) {
    let evicted = state.withLock { state -> PlannedFile? in
      let evicted = state.files[state.oldest]
      state.files[state.oldest] = file
      state.oldest = (state.oldest + 1) % state.files.count
      return evicted
    }
    evicted?.state.withLock { $0.file = nil }
  }

  /// Forgets all files.
  func clear() {
    state.withLock { state in
      for index in state.files.indices { state.files[index] = nil }
    }
  }
}
