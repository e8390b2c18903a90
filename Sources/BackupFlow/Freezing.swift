import Keeping
import Machine
import Pausing
import Planning
import Quiescing
import Snapshotting

/// Takes the volume snapshots of a plan as one instant: tries, proves, and tries again.
struct Freezing {
  let plan: Plan
  /// Where applications are looked for; nil where none is to be held.
  let scope: ApplicationScope?
  let driver: any SnapshotDriver
  let keeper: Keeper
  let options: PauseOptions
  let quiescing: QuiesceOptions
  let holds: HoldJournal
  let interruption: Interruption
  /// Writes down what is made, before and after it is made.
  let record: ([SnapshotMark]) throws -> Void
  let run: RunID
  let tell: (BackupNotice) -> Void

  /// How often the instant is tried before what was reached is taken.
  static let attemptsMax = 5

  /// Volume snapshots, and whether they are of one instant.
  struct Frozen {
    var set: any SnapshotSet
    var snapshots: [VolumeSnapshot]
    /// Just before the first was taken.
    var instant: FileTime
    /// Why they are not proven to be one instant; nil when they are.
    var doubt: String?
    var times: PauseTimes?
    var writersHeld = 0
    /// From the first volume snapshot to the last, when writers may have run in between.
    var skew: Duration?
    /// What became of the applications that were found or asked for; nil when there was no question of any.
    var applications: [ApplicationResult]?
    var looksForApplications = false
    /// Those whose files are not of one instant.
    var online = OnlineBackups([])
    /// How many tries there may be until this has to do.
    var triesMax = 1
  }

  /// Freezes the volumes; whoever calls discards the set.
  ///
  /// - Throws: ``SnapshotError``, ``KeeperError``, ``Interrupted``; nothing is left then.
  func freeze() throws -> Frozen {
    if !plan.needsPause { return try attempt { try takeAlone($0, $1) } }
    guard options.isAllowed else {
      return try attempt { try take($0, $1, unpaused: "writers were not paused: --no-pause") }
    }
    for number in 1...Self.attemptsMax {
      try interruption.check()
      let frozen = try attempt { try takePaused($0, $1) }
      guard let doubt = frozen.doubt else { return frozen }
      if number >= frozen.triesMax { return frozen }
      tell(.step("no instant yet (\(doubt)); trying again"))
      try frozen.set.discard()
      // What disturbed us often lasts a moment, such as a burst of writing to a slow disk.
      _ = StopSignal().wait(for: .milliseconds(50 * number))
    }
    preconditionFailure("the last attempt returns")
  }

  /// One try, for which applications are held anew.
  private func attempt(_ take: (any SnapshotSet, Quiescence) throws -> Frozen) throws -> Frozen {
    let quiescence = Quiescence(scope, quiescing)
    defer { letGo(quiescence) }
    try quiescence.prepare(besides: asked(), interruption)
    let marks = driver.marks(for: plan.volumes, run: run)
    try recordLasting(marks)
    let set = try driver.prepare(marks)
    do {
      var frozen = try take(set, quiescence)
      letGo(quiescence)
      for complaint in quiescence.complaints { tell(.warning(complaint)) }
      frozen.applications = quiescence.results
      frozen.looksForApplications = quiescence.looksForApplications
      frozen.online = quiescence.online
      frozen.snapshots = try set.identify()
      try recordLasting(frozen.snapshots.map(\.mark))
      return frozen
    } catch {
      try? set.discard()  // What can't be removed stays in the journal for the next start.
      throw error
    }
  }

  private func letGo(_ quiescence: Quiescence) {
    quiescence.release()
    holds.settle()
  }

  /// What the user wants to be held besides.
  private func asked() throws -> [any Quiescer] {
    do {
      return try quiescers(for: quiescing.asked, record: holds) { directory in
        refusalToFreeze(directory, plan, stateFolder: holds.folder)
      }
    } catch let error as SystemCallError {
      // It is no volume that can't be frozen.
      throw QuiesceError(explanation(of: error))
    }
  }

  /// Records what outlives us; copies without names don't.
  private func recordLasting(_ marks: [SnapshotMark]) throws {
    let lasting = marks.filter(\.volume.mechanism.hasVolumeSnapshots)
    if !lasting.isEmpty { try record(lasting) }
  }

  /// Takes what is an instant by itself.
  private func takeAlone(_ set: any SnapshotSet, _ quiescence: Quiescence) throws -> Frozen {
    try set.flush()
    quiescence.hold()
    let instant = currentFileTime()
    try set.take()
    quiescence.noteInstant()
    return Frozen(set: set, snapshots: [], instant: instant)
  }

  /// Takes the volume snapshots while writers run.
  private func take(
    _ set: any SnapshotSet,
    _ quiescence: Quiescence,
    unpaused doubt: String,
    triesMax: Int = 1
  ) throws -> Frozen {
    try set.flush()
    quiescence.hold()
    let instant = currentFileTime()
    let skew = try ContinuousClock().measure { try set.take() }
    quiescence.noteInstant()
    var frozen = Frozen(set: set, snapshots: [], instant: instant, doubt: doubt)
    frozen.skew = skew
    frozen.triesMax = triesMax
    return frozen
  }

  /// Takes the volume snapshots while every writer stands still, and proves that they did.
  private func takePaused(_ set: any SnapshotSet, _ quiescence: Quiescence) throws -> Frozen {
    do {
      var targets = PauseTargets(paths: plan.volumes.map(\.directory))
      targets.keepsNames = plan.volumes.contains { !$0.mechanism.hasVolumeSnapshots }
      let possible = try keeper.prepare(targets)
      guard possible.limits.isEmpty else {
        let limits = possible.limits.joined(separator: "; ")
        return try take(set, quiescence, unpaused: "writers could not be paused: \(limits)")
      }
      try flush(set)
      quiescence.hold()
      let report = try keeper.pause(
        within: options.lengthMax,
        gated: possible.canGate && plan.mayGate,
        interruption: interruption
      )
      switch report.outcome {
      case .held: return try take(set, quiescence, whileHeld: report)
      case .cancelled: throw Interrupted()
      case .late(let stuck):
        let names = stuck.isEmpty ? "" : ": \(stuck.joined(separator: ", "))"
        quiescence.giveUp(because: "the writers were not stopped in time")
        return try take(
          set,
          quiescence,
          unpaused: "writers were not stopped within --max-pause\(names)",
          triesMax: Self.attemptsMax
        )
      }
    } catch let error as KeeperError {
      // It ends itself rather than hold anybody too long.
      quiescence.giveUp(because: "the writers were not stopped")
      try keeper.restart()
      return try take(
        set,
        quiescence,
        unpaused: explanation(of: error),
        triesMax: Self.attemptsMax
      )
    }
  }

  /// Takes the volume snapshots and lets the writers go, also when that fails.
  private func take(
    _ set: any SnapshotSet,
    _ quiescence: Quiescence,
    whileHeld report: PauseReport
  ) throws -> Frozen {
    let clock = ContinuousClock()
    let instant = currentFileTime()
    let stopped = clock.now
    do {
      try urgently { try set.take(holding: report.writers) }
    } catch {
      _ = try? keeper.resume()  // A keeper that is gone has let them go already.
      throw error
    }
    let taken = clock.now
    quiescence.noteInstant(holding: report.writers)
    do {
      let proof = try keeper.prove()
      let resumed = try keeper.resume()
      var frozen = Frozen(set: set, snapshots: [], instant: instant, doubt: proof.doubt)
      frozen.triesMax = resumed.wasLate ? Self.attemptsMax : proof.triesMax
      if resumed.wasLate { frozen.doubt = proof.doubt ?? "the pause was over before the end" }
      if frozen.doubt != nil { frozen.skew = taken - stopped }
      frozen.writersHeld = report.threads + report.trapped
      frozen.times = PauseTimes(
        total: resumed.paused,
        stopping: report.stopping,
        flushing: .zero,
        snapshotting: taken - stopped,
        // A pause that ended at its deadline may have been over before the last was taken.
        releasing: max(.zero, resumed.paused - report.stopping - (taken - stopped))
      )
      return frozen
    } catch let error as KeeperError {
      try keeper.restart()
      var frozen = Frozen(set: set, snapshots: [], instant: instant)
      frozen.doubt = explanation(of: error)
      frozen.triesMax = Self.attemptsMax
      return frozen
    }
  }

  /// Writes out what is in memory, again when it took long: much was written meanwhile then, and
  /// what is left lengthens the pause.
  private func flush(_ set: any SnapshotSet) throws {
    for _ in 1...3 {
      let length = try ContinuousClock().measure { try set.flush() }
      if length < .milliseconds(200) { return }
      try interruption.check()
    }
  }
}

extension Proof {
  /// How many tries there may be until the volume snapshots have to do.
  ///
  /// Who couldn't be held may have been about to end, or to begin another program; what is traced
  /// or the kernel's own stays so.
  fileprivate var triesMax: Int {
    if !isUndisturbed { return Freezing.attemptsMax }
    return limits.isEmpty ? 3 : 1
  }

  /// Why the volume snapshots are not proven to be one instant; nil when they are.
  var doubt: String? {
    if isProven { return nil }
    if isLate { return "the pause lasted longer than --max-pause" }
    if !disturbances.isEmpty {
      return "disturbed during the pause: \(disturbances.joined(separator: ", "))"
    }
    if !unheld.isEmpty { return "could not be held: \(unheld.joined(separator: ", "))" }
    return "not proven: \(limits.joined(separator: "; "))"
  }
}
