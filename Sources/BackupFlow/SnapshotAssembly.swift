import Archiving
import Machine
import Planning
import Quiescing
import RepositoryEngine
import RepositoryFormat

extension BackupRequest {
  func archiveRequest(
    _ stillness: Stillness,
    _ parent: StoredSnapshot?,
    _ interruption: Interruption
  ) -> ArchiveRequest {
    var asked = ArchiveRequest(targets: sources, view: stillness.view, interruption: interruption)
    asked.exclusions = exclusions
    asked.options = archiving
    asked.parentTree = parent?.file.tree
    asked.parentInstant = parent.map { $0.file.stillpoint?.instant ?? $0.file.time }
    return asked
  }

  /// Whether nothing changed and such a snapshot isn't wanted.
  func isSkipped(_ archived: ArchiveResult, _ parent: StoredSnapshot?) -> Bool {
    skipsIfUnchanged && parent?.file.tree == archived.tree
  }

  func snapshotFile(
    _ report: BackupReport,
    _ archived: ArchiveResult,
    _ stillness: Stillness,
    _ walk: WalkChoice
  ) -> SnapshotFile {
    var file = snapshotFile(
      report,
      archived,
      at: time ?? stillness.instant,
      of: paths
    )
    var record = stillness.record(report)
    walk.note(in: &record, archived, self, stillness)
    file.stillpoint = record
    return file
  }

  /// The snapshot as restic has it.
  func snapshotFile(
    _ report: BackupReport,
    _ archived: ArchiveResult,
    at time: NodeTime,
    of paths: [FilePath]
  ) -> SnapshotFile {
    var file = SnapshotFile(time: time, tree: archived.tree, paths: paths.map(\.bytes))
    file.parent = report.parent
    file.hostname = hostname
    file.username = username
    file.userID = Host.userID
    file.groupID = Host.groupID
    file.excludes = excludes
    file.tags = tags
    file.programVersion = programVersion
    file.summary = report.summary
    return file
  }
}

extension Stillness {
  /// How many paths below the grade a snapshot names.
  private static let namedMax = 10_000

  /// What the snapshot says of how still its backup was.
  fileprivate func record(_ report: BackupReport) -> StillpointRecord {
    var record = StillpointRecord(grade: report.grade.rawValue)
    record.instant = instant
    record.pauseMilliseconds = pause?.total.milliseconds
    record.skewNanoseconds = skew?.nanoseconds ?? (pause == nil ? nil : 0)
    record.volumes = pieces.map {
      StillpointRecord.Volume(
        path: $0.path.bytes,
        mechanism: $0.mechanism,
        identity: $0.identity
      )
    }
    record.applications = (applications ?? []).map {
      StillpointRecord.Application(
        kind: $0.application.kind,
        path: $0.path.bytes,
        heldMilliseconds: $0.held?.milliseconds,
        reason: $0.reason ?? ""
      )
    }
    let named = report.belowGrade.prefix(Self.namedMax)
    if named.count < report.belowGrade.count {
      record.belowGradeTotal = UInt64(report.belowGrade.count)
    }
    record.belowGrade = named.map {
      StillpointRecord.BelowGrade(
        path: $0.path.bytes,
        grade: $0.grade.rawValue,
        reason: $0.reason
      )
    }
    record.verdicts = report.verdicts.map { StillpointRecord.Verdict($0) }
    return record
  }
}

extension BackupReport {
  init(
    of archived: ArchiveResult,
    _ stillness: Stillness,
    _ parent: StoredSnapshot?,
    started: NodeTime
  ) {
    let unsettled = archived.unsettled.map {
      GradedPath(path: $0.path, grade: .none, reason: $0.reason)
    }
    let torn = Set(unsettled.map(\.path))
    let late = archived.late.filter { !torn.contains($0.path) }.map {
      GradedPath(path: $0.path, grade: .file, reason: $0.reason)
    }
    self.init(
      grade: min(stillness.grade, unsettled.isEmpty ? late.isEmpty ? .application : .file : .none),
      instant: stillness.instant,
      summary: SnapshotSummary(archived.counts, started: started, ended: .now())
    )
    self.parent = parent?.id
    let lower = torn.union(late.map(\.path))
    let unheld = stillness.unheldApplications.filter { !lower.contains($0.path) }
    belowGrade = stillness.belowInstant + unheld + unsettled + late
    applications = stillness.applications
    self.unsettled = unsettled
    pause = stillness.pause
    writersHeld = stillness.writersHeld
    bytesRead = archived.counts.bytesRead
    problems = archived.problems.map { BackupProblem($0) }
  }
}

extension BackupProblem {
  init(_ problem: ArchiveProblem) {
    self.init(path: problem.path, during: problem.during, cause: problem.cause)
  }
}

extension SnapshotSummary {
  init(_ counts: ArchiveCounts, started: NodeTime, ended: NodeTime) {
    self.init(backupStart: started, backupEnd: ended)
    filesNew = counts.filesNew
    filesChanged = counts.filesChanged
    filesUnmodified = counts.filesUnmodified
    dirsNew = counts.directoriesNew
    dirsChanged = counts.directoriesChanged
    dirsUnmodified = counts.directoriesUnmodified
    dataBlobs = counts.dataBlobs
    treeBlobs = counts.treeBlobs
    dataAdded = counts.bytesAdded
    dataAddedPacked = counts.bytesStored
    totalFilesProcessed = counts.filesProcessed
    totalBytesProcessed = counts.bytesProcessed
  }
}
