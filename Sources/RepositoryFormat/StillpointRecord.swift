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

  /// The lowest grade of all paths.
  package var grade: String
  package var instant: NodeTime?
  /// How long writers were held; a finite number.
  package var pauseMilliseconds: Double?
  /// Between the first and the last volume's instant.
  package var skewNanoseconds: UInt64?
  package var volumes: [Volume] = []
  package var belowGrade: [BelowGrade] = []
  /// How many paths are below the grade when there are too many to name.
  package var belowGradeTotal: UInt64?
  /// Members that we don't know, kept as they were.
  package var unknown: [JSONMember] = []

  package init(grade: String) { self.grade = grade }
}
