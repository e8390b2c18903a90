import Keeping
package import Machine
import Planning
import Quiescing
import RepositoryFormat
package import Running
import Viewing

/// Runs a program of others on what stands still, in the order it happens.
///
/// It sees the frozen volumes at their paths, read-only, and everything else as it is. Whatever
/// ends it or us, writers go on and everything that was made is released.
///
/// - Parameters:
///   - invitation: The program, and what stays live below its sources.
///   - request: What is to stand still; its sources are those of the invitation.
///   - interruption: Ends it before the program runs; then the program gets the signals.
///   - tell: Called with what the user should know.
/// - Returns: The program's exit status, or 128 and the signal that ended it.
/// - Throws: ``RunError``, ``BackupError``, ``GuestError``, ``Interrupted``, and the errors of the
///   steps.
package func runFrozen(
  _ invitation: Invitation,
  _ request: StillnessRequest,
  interruption: Interruption,
  tell: @escaping @Sendable (BackupNotice) -> Void
) throws -> Int32 {
  guard mayAdministrate else { throw RunError(.notAllowed) }
  let keeper = try Keeper.start()
  defer { keeper.finish() }
  request.releaseLeftovers(tell)
  var asked = request
  asked.quiescing.usesBackupModes = false
  return try withStillness(
    of: asked,
    keeper: keeper,
    interruption: interruption,
    tell: tell
  ) { found in
    let stillness = found.asOthersReadIt
    try stillness.demand(asked.required)
    let end = try invitation.informed(of: stillness).run(in: stillness.view, keeper, interruption)
    if !end.left.isEmpty {
      let numbers = end.left.map { "\($0)" }.joined(separator: ", ")
      tell(.warning("ended what the command had left running: \(numbers)"))
    }
    try stillness.verify(after: end)
    return end.status
  }
}

extension Stillness {
  /// The same for a program that proves of no file that it was read unchanged.
  fileprivate var asOthersReadIt: Stillness {
    var stillness = self
    for index in pieces.indices where pieces[index].grade == .file {
      stillness.pieces[index].grade = .none
    }
    return stillness
  }

  /// - Throws: ``RunError`` with `viewLost`.
  fileprivate func verify(after end: GuestEnd) throws {
    do {
      try verify()
    } catch let error as BackupError {
      throw RunError(.viewLost(status: end.status), cause: error.cause)
    }
  }
}

extension Invitation {
  /// With what a program can know of the stillness that it runs in.
  fileprivate func informed(of stillness: Stillness) -> Invitation {
    var invitation = self
    invitation.environment["STILLPOINT_INSTANT"] = formatRFC3339Nano(stillness.instant)
    invitation.environment["STILLPOINT_GRADE"] = stillness.grade.rawValue
    return invitation
  }

  /// Runs the program while the keeper knows what to end when we are killed.
  fileprivate func run(
    in view: View,
    _ keeper: Keeper,
    _ interruption: Interruption
  ) throws -> GuestEnd {
    var undo: KeeperUndo?
    defer { if let undo { try? keeper.removeUndo(undo) } }  // It died: nothing to tell.
    return try runGuest(self, in: view, interruption: interruption) { process, namespace in
      let added = KeeperUndo.endProcesses(withMountsOf: process, namespace: namespace.number)
      try keeper.addUndo(added)
      undo = added
    }
  }
}
