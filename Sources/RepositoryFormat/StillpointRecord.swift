/// How still the backup behind a snapshot was: the object `stillpoint` in the snapshot's JSON.
///
/// restic ignores it. Reading is tolerant: what is missing or has another type is left empty, and
/// members from a later version are kept.
package struct StillpointRecord: Hashable, Sendable {
  /// A volume that was read from a volume snapshot, or live.
  package struct Volume: Hashable, Sendable {
    /// Where it stands, as bytes.
    package var path: [UInt8]
    /// How it was frozen, such as `btrfs`; `live` when it was not.
    package var mechanism: String
    /// What names the volume whatever it is mounted as, such as its UUID.
    package var identity: String
    /// What names the volume snapshot that was read; empty when there was none, or when a later
    /// backup may not count on it.
    package var volumeSnapshot = ""
    /// The last transaction of the file system that it shows.
    package var transaction: UInt64?
    /// Whether the file system was found not to tell of every change.
    package var isDistrusted = false
    /// Members that we don't know, kept as they were.
    package var unknown: [JSONMember] = []

    package init(path: [UInt8], mechanism: String, identity: String) {
      self.path = path
      self.mechanism = mechanism
      self.identity = identity
    }
  }

  /// A path whose grade is below the backup's, or below what was asked for.
  package struct BelowGrade: Hashable, Sendable {
    package var path: [UInt8]
    package var grade: String
    package var reason: String
    /// Members that we don't know, kept as they were.
    package var unknown: [JSONMember] = []

    package init(path: [UInt8], grade: String, reason: String) {
      self.path = path
      self.grade = grade
      self.reason = reason
    }
  }

  /// An application that was found, and held for the instant or not.
  package struct Application: Hashable, Sendable {
    /// As people call it, such as `SQLite`.
    package var kind: String
    /// What it is known by, as bytes.
    package var path: [UInt8]
    /// How long it was held; nil when it wasn't; a finite number.
    package var heldMilliseconds: Double?
    /// Why it wasn't held; empty when it was.
    package var reason: String
    /// Members that we don't know, kept as they were.
    package var unknown: [JSONMember] = []

    package init(kind: String, path: [UInt8], heldMilliseconds: Double?, reason: String) {
      self.kind = kind
      self.path = path
      self.heldMilliseconds = heldMilliseconds
      self.reason = reason
    }
  }

  /// What was found out about a database in the snapshot.
  package struct Verdict: Hashable, Sendable {
    /// Such as `sqlite`.
    package var kind: String
    /// The file, or the folder of a server's data, as bytes.
    package var path: [UInt8]
    /// `whole`, `recovered`, `damaged` or `not-tried`.
    package var verdict: String
    package var message: String
    /// Members that we don't know, kept as they were.
    package var unknown: [JSONMember] = []

    package init(kind: String, path: [UInt8], verdict: String, message: String) {
      self.kind = kind
      self.path = path
      self.verdict = verdict
      self.message = message
    }
  }

  /// What a later backup must know to take over from this one what didn't change.
  package struct Walk: Hashable, Sendable {
    /// Equal when the same files make the same trees.
    package var fingerprint: String
    /// The snapshot's tree, in hexadecimal digits: others may put another one into a snapshot.
    package var tree: String
    /// How many backups in a row, this one included, took over something.
    package var quickWalks: UInt64
    /// Who owns files in it.
    package var users: [UInt32]
    package var groups: [UInt32]

    package init(
      fingerprint: String,
      tree: String,
      quickWalks: UInt64,
      users: [UInt32],
      groups: [UInt32]
    ) {
      self.fingerprint = fingerprint
      self.tree = tree
      self.quickWalks = quickWalks
      self.users = users
      self.groups = groups
    }
  }

  /// The lowest grade of all paths.
  package var grade: String
  package var instant: NodeTime?
  /// How long writers were held; a finite number.
  package var pauseMilliseconds: Double?
  /// Between the first and the last volume's instant.
  package var skewNanoseconds: UInt64?
  package var volumes: [Volume] = []
  package var walk: Walk?
  package var applications: [Application] = []
  package var belowGrade: [BelowGrade] = []
  /// How many paths are below the grade when there are too many to name.
  package var belowGradeTotal: UInt64?
  /// Of the databases that were tried.
  package var verdicts: [Verdict] = []
  /// Members that we don't know, kept as they were.
  package var unknown: [JSONMember] = []

  package init(grade: String) { self.grade = grade }
}
