import Machine
import Planning
import Quiescing
import RepositoryFormat
import Snapshotting
import Viewing

/// The volume snapshot that a piece is read from, and where it stands in its volume's history.
struct PieceHistory {
  var path: FilePath
  /// What names the volume.
  var identity: String
  /// What names the volume snapshot.
  var volumeSnapshot: String
  var top: SharedDescriptor
  var history: SnapshotHistory
}

/// What an archive reads from, and how still it is.
struct Stillness {
  /// The sources with their original paths.
  var view: View
  /// What the backup describes; nothing read from the view is older than it knows.
  var instant: NodeTime
  /// The pieces that the sources fall into, and the grade of each.
  var pieces: [GradedPiece]
  /// Nil when nobody was paused.
  var pause: PauseTimes?
  var writersHeld = 0
  /// How far apart the volumes may be; nil when they are of one moment.
  var skew: Duration?
  /// What is read from; nil when everything is read live.
  var snapshots: (any SnapshotSet)?
  /// Of the file systems without volume snapshots, when they are of the instant.
  var hotSets: [HotSet] = []
  /// What is known of the volumes of pieces whose file system tells what changed, by the pieces'
  /// paths.
  var histories: [FilePath: PieceHistory] = [:]
  /// What became of the applications that were found or asked for; nil when there was no question of any.
  var applications: [ApplicationResult]?
  /// Whether applications were looked for.
  var looksForApplications = false
  /// Those whose files are not of one instant, and that can be backed up all the same.
  var online = OnlineBackups([])

  /// One piece of the sources and how it is read.
  struct GradedPiece {
    var path: FilePath
    var grade: Grade
    /// Why it isn't an instant, when it isn't.
    var reason: String?
    /// Such as `btrfs` or `live`.
    var mechanism: String
    /// Whether it is read from the live file system and shows itself what changed.
    var isHeld = false
    /// What names the volume whatever it is mounted as; empty for what is read live.
    var identity: String
  }

  /// The lowest grade of any piece; `application` when it is an instant at which applications were
  /// found, and all of them held.
  var grade: Grade {
    let lowest = pieces.map(\.grade).min() ?? .instant
    let areHeld = (applications ?? []).allSatisfy { $0.reason == nil }
    return lowest == .instant && areHeld && hasCleanPoints ? .application : lowest
  }

  /// Whether there is anything that has a clean point; unless it was looked for, nobody knows of all.
  private var hasCleanPoints: Bool {
    looksForApplications && (applications ?? []).contains { $0.application.hasCleanPoint }
  }

  /// The pieces that are no instant, each with its reason.
  var belowInstant: [GradedPath] {
    pieces.filter { $0.grade < .instant }.map {
      GradedPath(path: $0.path, grade: $0.grade, reason: $0.reason ?? "")
    }
  }

  /// The applications that were not at a clean point, each with the grade of the piece it is in.
  var unheldApplications: [GradedPath] {
    (applications ?? []).compactMap { found in
      guard let reason = found.reason else { return nil }
      let piece = pieces.last { found.path.starts(with: $0.path) }
      return GradedPath(
        path: found.path,
        grade: piece?.grade ?? grade,
        reason: "\(found.application.kind) was not held: \(reason)"
      )
    }
  }

  /// How many paths an error names.
  private static let reasonsMax = 20

  /// Ends the backup when the required grade can't be reached any more.
  ///
  /// - Throws: ``BackupError`` with `gradeNotReached`.
  func demand(
    _ required: Grade?,
    _ reached: Grade? = nil,
    _ belowGrade: [GradedPath]? = nil
  ) throws {
    let reached = min(reached ?? grade, grade)
    guard let required, reached < required else { return }
    // Nothing was open then that could have been in the middle of something.
    if required == .application, reached == .instant, looksForApplications, !hasCleanPoints,
      unheldApplications.isEmpty
    {
      return
    }
    let all = belowGrade ?? belowInstant + unheldApplications
    let below = all.filter { $0.grade < required }
    var reasons = below.prefix(Self.reasonsMax).map { "\($0.path): \($0.reason)" }
    if below.count > reasons.count { reasons.append("and \(below.count - reasons.count) more") }
    if reasons.isEmpty { reasons.append("no applications were looked for") }
    throw BackupError(.gradeNotReached(required: required, reached: reached, because: reasons))
  }

  /// Lowers the grade of what was read from live file systems when somebody set the clock: nothing
  /// shows then what changed after the instant.
  mutating func checkClock() {
    guard !hotSets.allSatisfy({ $0.isClockSteady() }) else { return }
    for index in pieces.indices where pieces[index].isHeld && pieces[index].grade > .file {
      pieces[index].grade = .file
      pieces[index].reason = "the clock was set during the backup"
    }
  }

  /// Reads in `body`, and makes sure that what was read is still what was frozen.
  ///
  /// - Throws: ``BackupError`` with `volumeSnapshotLost`, also where reading failed because of that;
  ///   otherwise what `body` throws.
  func verifying<Value>(_ body: () throws -> Value) throws -> Value {
    let value: Value
    do {
      value = try body()
    } catch let error where !(error is Interrupted) {
      try verify()
      throw error
    }
    try verify()
    return value
  }

  /// Makes sure that what was read is still what was frozen.
  ///
  /// - Throws: ``BackupError`` with `volumeSnapshotLost`.
  func verify() throws {
    do {
      try snapshots?.verify()
    } catch let error as SnapshotLost {
      throw BackupError(.volumeSnapshotLost, cause: error)
    }
  }
}
