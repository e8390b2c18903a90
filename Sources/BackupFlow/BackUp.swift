package import Archiving
package import Keeping
package import Machine
package import RepositoryEngine
import RepositoryFormat

/// The whole backup, in the order it happens.
///
/// Writers are held for milliseconds, while the volumes are frozen; the archive is then read
/// from the stillness for as long as it takes. Whatever fails or interrupts it, writers go on
/// and everything that was made is released.
///
/// - Parameters:
///   - request: What to back up and how.
///   - repository: Where to.
///   - keeper: Holds writers, and undoes what we leave when we are killed.
///   - progress: Written while it goes on.
///   - interruption: Ends it early.
///   - onEvent: Called for each item that was archived, from any thread,
///     when `request.archiving` asks for it.
///   - tell: Called with what the user should know.
/// - Returns: What was reached and counted.
/// - Throws: ``BackupError``, ``Interrupted``, and the errors of the steps.
package func backUp(
  _ request: BackupRequest,
  into repository: Repository,
  keeper: Keeper,
  progress: ArchiveProgress,
  interruption: Interruption,
  onEvent: @escaping @Sendable (ArchiveEvent) -> Void = { _ in },
  tell: @escaping @Sendable (BackupNotice) -> Void
) throws -> BackupReport {
  request.stillness.releaseLeftovers(tell)
  return try request.locking(repository, keeper, interruption, tell) {
    let started = NodeTime.now()
    let parent = try chooseParent(for: request, in: repository, tell: tell)
    try repository.loadIndex(interruption)
    return try withStillness(
      of: request.stillness,
      keeper: keeper,
      interruption: interruption,
      tell: tell
    ) { found in
      var stillness = found
      try stillness.demand(request.required)
      let walk = try WalkChoice(request, stillness, parent, interruption, tell)
      var asked = request.archiveRequest(stillness, parent, interruption)
      asked.shortcut = walk.shortcut
      asked.parentNodesHold = walk.parentHolds
      var dumps: [ArchiveResult] = []
      var archived = try stillness.verifying {
        try repository.uploading(
          dryRun: request.isDryRun,
          interruption: interruption
        ) { saver in
          dumps = try request.storeDumps(found, in: repository, saver, interruption, tell)
          return try archive(
            asked,
            into: repository,
            saver: saver,
            progress: progress,
            onEvent: onEvent
          )
        }
      }
      let others = try stillness.endOnlineBackups(&archived, request, repository, interruption)
      try request.add(dumps, others, to: &archived, in: repository, interruption)
      stillness.checkClock()
      WalkChoice.warn(of: archived, tell)
      var report = BackupReport(of: archived, stillness, parent, started: started)
      try stillness.demand(request.required, report.grade, report.belowGrade)
      if !request.isDryRun, !request.isSkipped(archived, parent) {
        let verdicts = try stillness.verifying {
          try request.prove(archived, stillness, in: repository, keeper, interruption, tell)
        }
        report.verdicts = verdicts ?? []
        report.isUnproven = verdicts == nil
        let file = request.snapshotFile(report, archived, stillness, walk)
        report.snapshot = try repository.saveSnapshot(file)
      }
      return report
    }
  }
}

extension BackupRequest {
  /// Runs `body` while other programs may not remove from the repository; a dry run doesn't lock.
  func locking<Value>(
    _ repository: Repository,
    _ keeper: Keeper,
    _ interruption: Interruption,
    _ tell: (BackupNotice) -> Void,
    body: () throws -> Value
  ) throws -> Value {
    if isDryRun { return try body() }
    let undo = LockFileUndo(keeper)
    repository.observeLockFile { undo.note($0) }
    defer { repository.observeLockFile(nil) }
    return try repository.locked(
      .shared,
      retryFor: lockRetry,
      interruption: interruption,
      onWait: { tell(.warning("the repository is locked, waiting for it")) }
    ) {
      try body()
    }
  }
}
