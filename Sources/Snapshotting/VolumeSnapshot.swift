package import Machine
package import Planning

/// Which run of the program: 128 random bits.
package typealias RunID = VolumeID

/// What is made of a volume, before and after it is made: the journal's words for it.
package struct SnapshotMark: Hashable, Sendable {
  package var volume: Volume
  package var run: RunID
  /// Its name where the mechanism keeps volume snapshots.
  package var name: FileName
  /// What names it whatever it is called: a uuid or a guid; nil until it is made.
  package var identity: String?

  package init(volume: Volume, run: RunID, name: FileName, identity: String? = nil) {
    self.volume = volume
    self.run = run
    self.name = name
    self.identity = identity
  }
}

/// A volume as it was at one instant, until it is released.
package struct VolumeSnapshot: Sendable {
  /// With its identity.
  package let mark: SnapshotMark
  /// The top of the frozen volume, on a read-only mount that nobody else sees where we may make
  /// one.
  package let top: SharedDescriptor
  /// Of a volume without volume snapshots: what can't be read from it any more; `top` is a
  /// directory of the live one.
  package let hot: HotSet?
  /// Nil where the mechanism can't tell what changed since another volume snapshot.
  package let history: SnapshotHistory?

  package init(
    mark: SnapshotMark,
    top: SharedDescriptor,
    hot: HotSet? = nil,
    history: SnapshotHistory? = nil
  ) {
    self.mark = mark
    self.top = top
    self.hot = hot
    self.history = history
  }
}

/// Where a volume snapshot stands in what happened to its volume.
package struct SnapshotHistory: Hashable, Sendable {
  /// The last transaction of the file system that it shows.
  package var transaction: UInt64
  /// The same of earlier volume snapshots that the volume went on from, by their identities.
  package var earlier: [String: UInt64]

  package init(transaction: UInt64, earlier: [String: UInt64]) {
    self.transaction = transaction
    self.earlier = earlier
  }
}

/// What became of something that should be removed.
package enum ReleaseOutcome: Hashable, Sendable {
  case removed
  /// It isn't there, or was never made.
  case absent
  /// Something else has its name; it was left alone.
  case foreign
}

/// A step with a volume snapshot that failed.
package struct SnapshotError: ExplainedError {
  /// Such as "take a volume snapshot".
  package var attempt: String
  /// The volume as it is mounted.
  package var subject: FilePath
  package var cause: (any Error)?
  package var hint: String?

  package init(
    attempt: String,
    subject: FilePath,
    cause: (any Error)? = nil,
    hint: String? = nil
  ) {
    self.attempt = attempt
    self.subject = subject
    self.cause = cause
    self.hint = hint
  }

  package var description: String { "can't \(attempt) of \(subject)" }
}

/// A volume snapshot that is no longer what was taken: nothing read from it can be trusted.
package struct SnapshotLost: ExplainedError, Hashable {
  /// The volume as it is mounted.
  package var volume: FilePath
  /// What was found instead.
  package var finding: String

  package init(volume: FilePath, finding: String) {
    self.volume = volume
    self.finding = finding
  }

  package var cause: (any Error)? { nil }
  package var description: String {
    "the volume snapshot of \(volume) was lost during the backup: \(finding)"
  }
}
