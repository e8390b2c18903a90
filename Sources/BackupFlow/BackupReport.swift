package import Machine
package import Planning
package import Proving
package import Quiescing
package import RepositoryFormat

/// How long the parts of a pause took.
package struct PauseTimes: Hashable, Sendable {
  /// From the first stop to the release.
  package var total: Duration
  /// Until every writer stood still.
  package var stopping: Duration
  /// Writing out what was still in memory, as far as it was a step of its own.
  package var flushing: Duration
  /// The volume snapshots.
  package var snapshotting: Duration
  /// The last scan, the events, and letting go.
  package var releasing: Duration

  package init(
    total: Duration,
    stopping: Duration,
    flushing: Duration,
    snapshotting: Duration,
    releasing: Duration
  ) {
    self.total = total
    self.stopping = stopping
    self.flushing = flushing
    self.snapshotting = snapshotting
    self.releasing = releasing
  }
}

/// A path below the backup's best grade, and why.
package struct GradedPath: Hashable, Sendable {
  package var path: FilePath
  package var grade: Grade
  package var reason: String

  package init(path: FilePath, grade: Grade, reason: String) {
    self.path = path
    self.grade = grade
    self.reason = reason
  }
}

/// What was backed up.
package enum BackupOrigin: Hashable, Sendable {
  case files
  /// Standard input; never compared with a parent.
  case standardInput
  /// What a program wrote.
  case program
}

/// What a backup did.
package struct BackupReport: Sendable {
  /// Nil when nothing was saved: a dry run, or unchanged and told to skip.
  package var snapshot: SnapshotID?
  package var parent: SnapshotID?
  package var origin = BackupOrigin.files
  /// The lowest grade of any path.
  package var grade: Grade
  /// What was reached for each volume, and what wasn't.
  package var belowGrade: [GradedPath] = []
  package var instant: NodeTime
  /// Nil when nobody was paused.
  package var pause: PauseTimes?
  /// How many threads stood still.
  package var writersHeld = 0
  /// What became of the applications that were found or asked for; nil when there was no question of any.
  package var applications: [ApplicationResult]?
  package var summary: SnapshotSummary
  /// Bytes that were read from files; the rest was known from the parent.
  package var bytesRead: UInt64 = 0
  /// Files that changed each time they were read; stored as last read.
  package var unsettled: [GradedPath] = []
  /// Paths that are missing from the backup, or are in it incompletely.
  package var problems: [BackupProblem] = []
  /// Of the databases that were tried.
  package var verdicts: [Verdict] = []
  /// Whether databases were to be tried, and could not be.
  package var isUnproven = false

  package init(grade: Grade, instant: NodeTime, summary: SnapshotSummary) {
    self.grade = grade
    self.instant = instant
    self.summary = summary
  }
}

/// A path that is not in the backup as it should be.
package struct BackupProblem: Sendable {
  package var path: FilePath
  /// What was attempted, such as "open" or "read".
  package var during: String
  package var cause: any Error

  package init(path: FilePath, during: String, cause: any Error) {
    self.path = path
    self.during = during
    self.cause = cause
  }
}

/// What a backup says while it runs.
package enum BackupNotice: Sendable {
  /// Something the user should know and may have to act on.
  case warning(String)
  /// A step that was done, for people who follow along.
  case step(String)
}
