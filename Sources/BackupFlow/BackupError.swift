import Machine
package import Planning

/// Why a backup ended without a snapshot in the repository.
package struct BackupError: ExplainedError {
  /// What a caller can tell apart.
  package enum Reason: Sendable {
    /// `--require` asked for more than what was reached.
    case gradeNotReached(required: Grade, reached: Grade, because: [String])
    /// A volume snapshot was deleted or changed under us: what was read from it is worth nothing.
    case volumeSnapshotLost
    /// `--snapshot-policy required`, and a source can't be covered.
    case notCovered([String])
  }

  package var reason: Reason
  package var cause: (any Error)?

  package init(_ reason: Reason, cause: (any Error)? = nil) {
    self.reason = reason
    self.cause = cause
  }

  package var description: String {
    switch reason {
    case .gradeNotReached(let required, let reached, let reasons):
      "the grade \(required.rawValue) is required, and \(reached.rawValue) was reached"
        + (reasons.isEmpty ? "" : ": \(reasons.joined(separator: "; "))")
    case .volumeSnapshotLost: "a volume snapshot was lost during the backup; nothing was saved"
    case .notCovered(let reasons):
      "not everything can be covered by volume snapshots: \(reasons.joined(separator: "; "))"
    }
  }

  package var hint: String? {
    switch reason {
    case .gradeNotReached: "lower --require, or mend what is named"
    case .volumeSnapshotLost: "keep other programs from removing volume snapshots of ours"
    case .notCovered: "exclude what is named, or use --snapshot-policy on"
    }
  }
}
