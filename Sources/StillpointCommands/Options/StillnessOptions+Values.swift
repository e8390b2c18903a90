import Planning

extension StillnessOptions {
  /// `--snapshot-policy`.
  func policy() throws(UsageError) -> SnapshotPolicy {
    guard let policy = SnapshotPolicy(rawValue: snapshotPolicy) else {
      let names = SnapshotPolicy.allCases.map(\.rawValue).joined(separator: "|")
      throw UsageError(
        "invalid argument \"\(snapshotPolicy)\" for \"--snapshot-policy\" flag: "
          + "must be one of (\(names))"
      )
    }
    return policy
  }

  /// `--require`.
  func requiredGrade() throws(UsageError) -> Grade? {
    guard let text = require else { return nil }
    guard let grade = Grade(rawValue: text) else {
      let names = Grade.allCases.map(\.rawValue).joined(separator: "|")
      throw UsageError(
        "invalid argument \"\(text)\" for \"--require\" flag: must be one of (\(names))"
      )
    }
    return grade
  }

  /// `--max-pause`.
  func pauseMax() throws(UsageError) -> Duration {
    guard let duration = parseDuration(maxPause), duration > .zero else {
      throw UsageError(
        "invalid argument \"\(maxPause)\" for \"--max-pause\" flag",
        hint: "a length of time is written as 500ms or 2s"
      )
    }
    return duration
  }
}
