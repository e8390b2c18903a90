import Archiving
import Keeping
import Machine
import Planning
import Quiescing
import RepositoryFormat
import Snapshotting
import Viewing

/// Plans, freezes what can be frozen, and runs `body` on what stands still.
///
/// Volume snapshots and the record of them are gone afterwards, whatever happens.
///
/// - Throws: What `body` throws; ``BackupError`` with `notCovered`; the errors of the steps.
func withStillness<Value>(
  of request: StillnessRequest,
  keeper: Keeper,
  interruption: Interruption,
  tell: @escaping (BackupNotice) -> Void,
  body: (Stillness) throws -> Value
) throws -> Value {
  let driver = SnapshotDrivers.all(state: request.stateFolder, hotCopies: request.hotCopies)
  let record = Journal(folder: request.stateFolder).record(of: .random())
  try keeper.addUndo(.release(record: record.path))
  defer { try? keeper.removeUndo(.release(record: record.path)) }  // It died: nothing to tell.
  var isRecorded = false
  return try releasing {
    let (plan, inputs, frozen) = try request.freezeAsPlanned(tell) { plan, inputs in
      try Freezing(
        plan: plan,
        scope: request.scope(of: plan, inputs),
        driver: driver,
        keeper: keeper,
        options: request.pause,
        quiescing: request.quiescing,
        holds: HoldJournal(stateFolder: request.stateFolder, keeper),
        interruption: interruption,
        record: { marks in
          try record.write(marks)
          isRecorded = true
        },
        run: record.run,
        tell: tell
      ).freeze()
    }
    request.name(plan.unread, tell)
    guard let frozen else {
      let scope = request.scope(of: plan, inputs)
      return try body(plan.live(for: request, scope, interruption, tell))
    }
    return try releasing {
      try body(plan.stillness(frozen, for: request, tell))
    } release: {
      try frozen.set.discard()
    }
  } release: {
    guard isRecorded else { return }  // The journal's folder may not even be there.
    // Ends the record; finds something only when it could not be discarded.
    let leftovers = Leftovers(journal: Journal(folder: request.stateFolder), driver: driver)
    for text in try leftovers.release(of: record.path) { tell(.warning(text)) }
  }
}

extension StillnessRequest {
  /// Decides how each piece of the sources is read.
  ///
  /// - Parameter refused: Volumes that could not be frozen, and why.
  /// - Returns: The plan.
  /// - Throws: ``PlanError``; ``SystemCallError``.
  func makePlan(without refused: [VolumeKey: String] = [:]) throws -> Plan {
    try makePlanFromInputs(without: refused).plan
  }

  /// The same, and what it was made from.
  private func makePlanFromInputs(
    without refused: [VolumeKey: String]
  ) throws -> (plan: Plan, inputs: PlanInputs) {
    var inputs = try planInputs()
    inputs.refused = refused
    return (try Planning.makePlan(policy: policy, inputs: inputs), inputs)
  }

  /// Where applications are looked for; nil when none is to be held.
  func scope(of plan: Plan, _ inputs: PlanInputs) -> ApplicationScope? {
    quiescing.policy == .off || policy == .off
      ? nil : ApplicationScope(plan: plan, inputs: inputs)
  }

  /// The sources as `--snapshot-policy off` has them read; none with the other policies, where a
  /// plan says how.
  var livePieces: [Stillness.GradedPiece] {
    guard policy == .off else { return [] }
    return sources.map { source in
      Stillness.GradedPiece(
        path: source,
        grade: .file,
        reason: "read live: --snapshot-policy off",
        mechanism: "live",
        identity: ""
      )
    }
  }

  /// What is known of the machine now.
  func planInputs() throws -> PlanInputs {
    var inputs = try PlanInputs.gathered(for: sources, exclusions: exclusions)
    // Required are volume snapshots, and this is none.
    inputs.mayHoldWriters =
      copiesHotFiles && pause.isAllowed && policy != .required && inputs.isPrivileged
    return inputs
  }

  /// Freezes what is planned, and plans again when something came or went meanwhile, or when a
  /// volume can't be frozen.
  ///
  /// - Parameters:
  ///   - tell: Called with what was tried.
  ///   - freeze: Takes the volume snapshots of a plan.
  /// - Returns: The plan, and what was frozen for it; nil when everything is read live.
  /// - Throws: ``PlanError``, ``KeeperError``, ``Interrupted``.
  fileprivate func freezeAsPlanned(
    _ tell: (BackupNotice) -> Void,
    freeze: (Plan, PlanInputs) throws -> Freezing.Frozen
  ) throws -> (Plan, PlanInputs, Freezing.Frozen?) {
    var plansLeft = 4
    var lasting: Set<VolumeKey>?
    var mapped: Set<VolumeKey> = []
    var refused: [VolumeKey: String] = [:]
    while true {
      plansLeft -= 1
      let isLast = plansLeft <= 0
      let (planned, inputs) = try makePlanFromInputs(without: refused)
      var plan = planned
      if plan.volumes.isEmpty { return (plan, inputs, nil) }
      let keys = Set(plan.volumes.map(\.key))
      lasting = lasting?.intersection(keys) ?? keys
      if isLast { plan.leaveStubs(forAllBut: lasting ?? keys) }
      // What was mapped once may be again, and unseen if it is for a moment only.
      plan.expectMappings(on: isLast ? keys : mapped)
      mapped = plan.mapped
      do {
        let frozen = try freeze(plan, inputs)
        var now = try makePlan(without: refused)
        now.expectMappings(on: mapped)
        if isLast { plan.expectStubs(of: now) }
        if isLast || now == plan { return (plan, inputs, frozen) }
        try frozen.set.discard()
        tell(.step("what is mounted or nested changed meanwhile; planning again"))
      } catch let error where error is SnapshotError || error is SystemCallError {
        let reason = "no volume snapshot can be taken: \(explanation(of: error))"
        tell(.step("\(reason); planning again"))
        guard try isLast || makePlan(without: refused) == plan else { continue }
        // Nothing changed that explains it: without those volumes, of which there are ever fewer.
        for volume in plan.volumes(failing: error) { refused[volume.key] = reason }
        lasting = nil
        plansLeft += 1
      }
    }
  }

  /// Names the volumes that one may miss in the backup, as loudly as the policy wants it.
  fileprivate func name(_ volumes: [UnreadVolume], _ tell: (BackupNotice) -> Void) {
    for volume in volumes {
      let text = "not read: \(volume.path): \(volume.reason)"
      tell(volume.isMissed && policy != .auto ? .warning(text) : .step(text))
    }
  }

  /// Says what became of applications, and what is no instant, as loudly as the policy wants it.
  fileprivate func report(_ stillness: Stillness, _ tell: (BackupNotice) -> Void) throws {
    for found in stillness.applications ?? [] { tell(.step(found.text)) }
    let reasons = stillness.belowInstant.map { "\($0.path): \($0.reason)" }
    guard !reasons.isEmpty else { return }
    switch policy {
    case .off: break
    case .auto: for reason in reasons { tell(.step("not of one instant: \(reason)")) }
    case .on: for reason in reasons { tell(.warning("not of one instant: \(reason)")) }
    case .required: throw BackupError(.notCovered(reasons))
    }
  }
}

extension Plan {
  /// The volumes that could not be frozen; all of them when the error doesn't say which.
  fileprivate func volumes(failing error: any Error) -> [Volume] {
    let subject = (error as? SnapshotError)?.subject
    let groups = Set(volumes.filter { $0.directory == subject }.map(\.atomicGroup))
    return groups.isEmpty ? volumes : volumes.filter { groups.contains($0.atomicGroup) }
  }

  /// Everything as it is now.
  fileprivate func live(
    for request: StillnessRequest,
    _ scope: ApplicationScope?,
    _ interruption: Interruption,
    _ tell: (BackupNotice) -> Void
  ) throws -> Stillness {
    var stillness = Stillness(
      view: try makeView(of: self, snapshots: []),
      instant: .now(),
      pieces: graded(doubt: nil)
    )
    if !request.quiescing.asked.isEmpty {
      tell(.warning("everything is read live: --hooks, --freeze and --fsfreeze do nothing"))
    }
    if let scope {
      // They are named: there is no instant to hold them for.
      let quiescence = Quiescence(scope, request.quiescing)
      defer { quiescence.release() }
      try quiescence.prepare(interruption)
      stillness.applications = quiescence.results
      stillness.looksForApplications = true
      stillness.online = quiescence.online
    }
    stillness.pieces += request.livePieces
    try request.report(stillness, tell)
    return stillness
  }

  fileprivate func stillness(
    _ frozen: Freezing.Frozen,
    for request: StillnessRequest,
    _ tell: (BackupNotice) -> Void
  ) throws -> Stillness {
    var stillness = Stillness(
      view: try makeView(
        of: self,
        snapshots: frozen.snapshots.map { frozen.doubt == nil ? $0 : $0.withoutHotSet },
        traces: frozen.set.traces
      ),
      instant: NodeTime(frozen.instant),
      pieces: graded(doubt: frozen.doubt),
      pause: frozen.times,
      writersHeld: frozen.writersHeld,
      skew: frozen.skew,
      snapshots: frozen.set
    )
    stillness.histories = histories(frozen.snapshots)
    stillness.applications = frozen.applications
    stillness.looksForApplications = frozen.looksForApplications
    stillness.online = frozen.online
    if frozen.doubt == nil { stillness.hotSets = frozen.snapshots.compactMap(\.hot) }
    try request.report(stillness, tell)
    return stillness
  }

  private func histories(_ snapshots: [VolumeSnapshot]) -> [FilePath: PieceHistory] {
    let taken = Dictionary(snapshots.map { ($0.mark.volume.key, $0) }) { first, _ in first }
    var found: [FilePath: PieceHistory] = [:]
    for piece in pieces {
      guard case .frozen(let key, _) = piece.coverage, let snapshot = taken[key],
        let history = snapshot.history, let name = snapshot.mark.identity
      else { continue }
      found[piece.path] = PieceHistory(
        path: piece.path,
        identity: snapshot.mark.volume.identity,
        volumeSnapshot: name,
        top: snapshot.top,
        history: history
      )
    }
    return found
  }

  private func graded(doubt: String?) -> [Stillness.GradedPiece] {
    pieces.compactMap { piece in
      func graded(
        _ grade: Grade,
        _ reason: String?,
        _ mechanism: String,
        _ identity: String = ""
      ) -> Stillness.GradedPiece {
        Stillness.GradedPiece(
          path: piece.path,
          grade: grade,
          reason: reason,
          mechanism: mechanism,
          identity: identity
        )
      }
      switch piece.coverage {
      case .frozen(let key, _):
        let volume = volume(key)
        return graded(
          gradeExpected(of: piece, isProven: doubt == nil),
          doubt ?? limit(of: piece),
          volume?.mechanism.rawValue ?? "",
          volume?.identity ?? ""
        )
      case .held(let key, _):
        let grade = gradeExpected(of: piece, isProven: doubt == nil)
        var found = graded(grade, doubt, volume(key)?.mechanism.rawValue ?? "")
        found.isHeld = true
        return found
      case .live(let reason): return graded(.file, reason, "live")
      case .still: return graded(.instant, nil, "live")
      case .omitted: return nil
      }
    }
  }
}

extension VolumeSnapshot {
  /// The same without copies: of a pause that proves nothing, they may be torn.
  fileprivate var withoutHotSet: VolumeSnapshot { VolumeSnapshot(mark: mark, top: top) }
}
