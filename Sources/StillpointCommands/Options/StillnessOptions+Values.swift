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
    guard let require else { return nil }
    return try Grade(argument: require)
  }

  /// `--max-pause`.
  func pauseMax() throws(UsageError) -> Duration { try parsePauseMax(maxPause) }
}

extension Grade {
  /// Reads the value of `--require`.
  init(argument text: String) throws(UsageError) {
    guard let grade = Grade(rawValue: text) else {
      let names = Grade.allCases.map(\.rawValue).joined(separator: "|")
      throw UsageError(
        "invalid argument \"\(text)\" for \"--require\" flag: must be one of (\(names))"
      )
    }
    self = grade
  }
}

/// Reads the value of `--max-pause`.
func parsePauseMax(_ text: String) throws(UsageError) -> Duration {
  guard let duration = parseDuration(text), duration > .zero else {
    throw UsageError(
      "invalid argument \"\(text)\" for \"--max-pause\" flag",
      hint: "a length of time is written as 500ms or 2s"
    )
  }
  return duration
}
