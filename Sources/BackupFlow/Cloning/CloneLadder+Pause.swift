import Keeping
import Machine
import Pausing

extension CloneLadder {
  /// Copies while everybody is held who can write to the file system, and proves that they were.
  ///
  /// What is copied before that needn't be copied while they are: then only what changed since is
  /// written.
  func copyWhileHeld() throws -> Made? {
    guard request.pause.isAllowed else { return pass("writers are not held: --no-pause") }
    guard mayAdministrate else { return pass("writers of other users can't be held without root") }
    do {
      let keeper = try Keeper.start()
      defer { keeper.finish() }
      return try copyInPauses(by: keeper)
    } catch let error as KeeperError {
      return pass(explanation(of: error))
    }
  }

  private func copyInPauses(by keeper: Keeper) throws -> Made? {
    guard try copyAhead() else { return pass("it can't be copied within --max-pause") }
    for _ in 1...Self.attemptsMax {
      try interruption.check()
      do {
        let possible = try keeper.prepare(targets)
        guard possible.limits.isEmpty else {
          let limits = possible.limits.joined(separator: "; ")
          return pass("writers could not be held: \(limits)")
        }
        if let made = try copyInOnePause(keeper, isGated: possible.canGate) { return made }
      } catch let error as KeeperError {
        // It ends itself rather than hold anybody too long.
        _ = pass(explanation(of: error))
        try keeper.restart()
      }
      // What disturbed us often lasts a moment.
      _ = StopSignal().wait(for: .milliseconds(50))
      try duplicate.update { try interruption.check() }
    }
    return nil
  }

  /// The file itself by our own descriptor: on some file systems its `st_dev` isn't that of its
  /// directory.
  private var targets: PauseTargets {
    PauseTargets(paths: [FilePath("/proc/\(Host.processID)/fd/\(source.raw)")])
  }

  /// Copies until what changes in the meantime can be copied during a pause; false when it can't.
  private func copyAhead() throws -> Bool {
    let clock = ContinuousClock()
    let pause = request.pause.lengthMax
    try duplicate.update { try interruption.check() }
    var last = Duration.zero
    for _ in 1...3 {
      last = try clock.measure { try duplicate.update { try interruption.check() } }
      if last < pause / 4 { return true }
    }
    return last < pause
  }

  /// One pause; nil when it was too short, or somebody may have written.
  private func copyInOnePause(_ keeper: Keeper, isGated: Bool) throws -> Made? {
    let clock = ContinuousClock()
    let length = request.pause.lengthMax
    let report = try keeper.pause(within: length, gated: isGated, interruption: interruption)
    switch report.outcome {
    case .held: break
    case .cancelled: throw Interrupted()
    case .late(let stuck):
      let names = stuck.isEmpty ? "" : ": \(stuck.joined(separator: ", "))"
      return pass("writers were not stopped within --max-pause\(names)")
    }
    let end = clock.now.advanced(by: length - report.stopping)
    var made = Made(method: .pause, metadata: try metadata(), instant: currentFileTime())
    do {
      try duplicate.update {
        try interruption.check()
        if clock.now > end { throw PauseOver() }
      }
    } catch {
      _ = try? keeper.resume()  // A keeper that is gone has let them go already.
      if error is PauseOver { return pass("copying lasted longer than --max-pause") }
      throw error
    }
    let proof = try keeper.prove()
    let resumed = try keeper.resume()
    if let doubt = proof.doubt { return pass(doubt) }
    if resumed.wasLate { return pass("the pause was over before the end") }
    made.pause = resumed.paused
    made.writersHeld = report.threads + report.trapped
    return made
  }
}

/// Writers run again, or will before the copy is whole.
private struct PauseOver: Error {}
