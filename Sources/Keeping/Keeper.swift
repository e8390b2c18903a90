package import Machine
package import Pausing
import Synchronization

/// The main process's side of the keeper: a small process of our own that holds writers, and
/// undoes what we left when we are killed.
///
/// Any thread may use it; one exchange waits for the other. Its methods block until the keeper
/// answered.
package final class Keeper: Sendable {
  private struct State: ~Copyable, Sendable {
    var connection: KeeperConnection
    var undos: [KeeperUndo] = []
  }

  private let executable: FilePath
  private let state: Mutex<State>

  private init(_ connection: consuming KeeperConnection, _ executable: FilePath) {
    self.executable = executable
    state = Mutex(State(connection: connection))
  }

  deinit { finish() }

  /// Starts the keeper and returns without waiting until it is ready.
  ///
  /// - Parameter executable: The `stillpoint` program; our own when left out.
  /// - Returns: The keeper; it ends by itself when the last reference to it goes away.
  /// - Throws: ``KeeperError``.
  package static func start(executable: FilePath = "/proc/self/exe") throws -> Keeper {
    Keeper(try KeeperConnection.start(executable), executable)
  }

  /// Starts another process in the place of one that is gone; what is to be undone is handed on.
  ///
  /// - Throws: ``KeeperError``.
  package func restart() throws {
    try state.withLock { state in
      state.connection.finish()
      state.connection = try KeeperConnection.start(executable)
    }
    for undo in state.withLock({ $0.undos }) {
      _ = try ask(.addUndo(undo), "have the keeper undo what a killed run leaves")
    }
  }

  /// The process that keeps; in tests, to kill.
  package var processID: ProcessID { state.withLock { $0.connection.process } }

  /// Opens and marks all that the pauses need, so that nothing is opened during one.
  ///
  /// A second time replaces the first. What isn't possible is said, not thrown.
  ///
  /// - Throws: ``KeeperError`` when a path can't be examined or the keeper is gone.
  package func prepare(_ targets: PauseTargets) throws -> PausePossibilities {
    let attempt = "prepare the pause"
    guard case .prepared(let result) = try ask(.prepare(targets), attempt) else {
      throw KeeperError(attempt: attempt, cause: MessageError())
    }
    return result
  }

  /// Holds every writer of the prepared volumes.
  ///
  /// - Parameters:
  ///   - deadline: From the first stop until the keeper releases everybody by itself.
  ///   - isGated: Whether openers on the file systems wait too; never where something freezes them.
  ///   - interruption: Ends the attempt when it is requested.
  /// - Returns: Who is held; see its outcome.
  /// - Throws: ``KeeperError`` when the keeper is gone; everybody runs then.
  package func pause(
    within deadline: Duration,
    gated isGated: Bool,
    interruption: Interruption? = nil
  ) throws -> PauseReport {
    let attempt = "hold the writers"
    let request = KeeperRequest.pause(length: deadline, isGated: isGated)
    let patience = deadline + .seconds(10)
    let reply = try ask(request, attempt, patience: patience, interruption)
    guard case .paused(let result) = reply else {
      throw KeeperError(attempt: attempt, cause: MessageError())
    }
    return result
  }

  /// Looks whether anybody wrote since ``pause(within:gated:interruption:)`` returned.
  ///
  /// - Throws: ``KeeperError`` when the keeper is gone.
  package func prove() throws -> Proof {
    let attempt = "prove that nobody wrote"
    guard case .proven(let result) = try ask(.prove, attempt) else {
      throw KeeperError(attempt: attempt, cause: MessageError())
    }
    return result
  }

  /// Releases everybody.
  ///
  /// Without a pause it does nothing.
  ///
  /// - Throws: ``KeeperError`` when the keeper is gone; everybody runs then.
  @discardableResult
  package func resume() throws -> ResumeReport {
    let attempt = "release the writers"
    guard case .resumed(let result) = try ask(.resume, attempt) else {
      throw KeeperError(attempt: attempt, cause: MessageError())
    }
    return result
  }

  /// Has the keeper undo something when this process dies; the last added is undone first.
  ///
  /// - Throws: ``KeeperError`` when the keeper is gone.
  package func addUndo(_ undo: KeeperUndo) throws {
    state.withLock { $0.undos.append(undo) }
    _ = try ask(.addUndo(undo), "have the keeper undo what a killed run leaves")
  }

  /// Takes back ``addUndo(_:)``.
  ///
  /// - Throws: ``KeeperError`` when the keeper is gone.
  package func removeUndo(_ undo: KeeperUndo) throws {
    state.withLock { state in
      if let index = state.undos.lastIndex(of: undo) { state.undos.remove(at: index) }
    }
    _ = try ask(.removeUndo(undo), "tell the keeper what was undone")
  }

  /// Ends the keeper without undoing; everybody runs.
  ///
  /// Twice is not an error.
  package func finish() { state.withLock { $0.connection.finish() } }

  private func ask(
    _ request: KeeperRequest,
    _ attempt: String,
    patience: Duration = .seconds(30),
    _ interruption: Interruption? = nil
  ) throws -> KeeperReply {
    do {
      return try state.withLock { state in
        try state.connection.exchange(request, patience: patience, interruption)
      }
    } catch {
      throw KeeperError(attempt: attempt, cause: error)
    }
  }
}
