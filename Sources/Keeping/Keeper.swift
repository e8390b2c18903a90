package import Machine
package import Pausing

/// The main process's side of the keeper: a small process of our own that holds writers, and
/// undoes what we left when we are killed.
///
/// Not thread-safe: one thread speaks with the keeper. Its methods block until it answered.
package final class Keeper {
  /// The process that keeps; in tests, to kill.
  package let processID: ProcessID = 0

  /// Starts the keeper and returns without waiting until it is ready.
  ///
  /// - Parameter executable: The `stillpoint` program; our own when left out.
  /// - Returns: The keeper; it ends by itself when the last reference to it goes away.
  /// - Throws: ``KeeperError``.
  package static func start(executable: FilePath = "/proc/self/exe") throws -> Keeper {
    throw KeeperError(attempt: "start the keeper", cause: nil)
  }

  /// Opens and marks all that the pauses need, so that nothing is opened during one.
  ///
  /// A second time replaces the first. What isn't possible is said, not thrown.
  ///
  /// - Throws: ``KeeperError`` when a path can't be examined or the keeper is gone.
  package func prepare(_ targets: PauseTargets) throws -> PausePossibilities {
    throw KeeperError(attempt: "prepare the pause", cause: nil)
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
    throw KeeperError(attempt: "hold the writers", cause: nil)
  }

  /// Looks whether anybody wrote since ``pause(within:gated:interruption:)`` returned.
  ///
  /// - Throws: ``KeeperError`` when the keeper is gone.
  package func prove() throws -> Proof { throw KeeperError(attempt: "prove", cause: nil) }

  /// Releases everybody.
  ///
  /// Without a pause it does nothing.
  ///
  /// - Throws: ``KeeperError`` when the keeper is gone; everybody runs then.
  @discardableResult
  package func resume() throws -> ResumeReport { throw KeeperError(attempt: "resume", cause: nil) }

  /// Has the keeper undo something when this process dies; the last added is undone first.
  ///
  /// - Throws: ``KeeperError`` when the keeper is gone.
  package func addUndo(_ undo: KeeperUndo) throws {}

  /// Takes back ``addUndo(_:)``.
  ///
  /// - Throws: ``KeeperError`` when the keeper is gone.
  package func removeUndo(_ undo: KeeperUndo) throws {}

  /// Ends the keeper without undoing; everybody runs.
  ///
  /// Twice is not an error.
  package func finish() {}
}
