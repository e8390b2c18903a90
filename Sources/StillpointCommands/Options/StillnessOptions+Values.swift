import Machine
import Planning
import Quiescing

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

  /// `--quiesce` and `--hold-max`.
  func quiescing() throws(UsageError) -> QuiesceOptions {
    var options = QuiesceOptions()
    guard let policy = QuiescePolicy(rawValue: quiesce) else {
      let names = QuiescePolicy.allCases.map(\.rawValue).joined(separator: "|")
      throw UsageError(
        "invalid argument \"\(quiesce)\" for \"--quiesce\" flag: must be one of (\(names))"
      )
    }
    options.policy = policy
    options.lengthMax = try parseLength(holdMax, of: "--hold-max")
    if let mysqlOptionFile { options.mySQLOptionFile = try absolute(mysqlOptionFile) }
    options.asked = try holdRequests()
    if asksToHold, try self.policy() == .off {
      throw UsageError(
        "--hooks, --freeze and --fsfreeze make no sense with --snapshot-policy off",
        hint: "there is no instant to hold anything for"
      )
    }
    return options
  }

  /// Whether something is to be held besides applications that are found.
  var asksToHold: Bool { !(hooks.isEmpty && freeze.isEmpty && fsfreeze.isEmpty) }

  /// What is to be held besides applications that are found, in the order of the options' names.
  private func holdRequests() throws(UsageError) -> [HoldRequest] {
    var requests: [HoldRequest] = []
    for folder in hooks { requests.append(.hooks(try absolute(folder))) }
    for text in freeze { requests.append(try parseFreeze(text)) }
    for folder in fsfreeze { requests.append(.fileSystem(try absolute(folder))) }
    return requests
  }

  private func parseFreeze(_ text: String) throws(UsageError) -> HoldRequest {
    let parts = text.split(separator: ":", maxSplits: 1)
    if parts.count == 2 {
      let name = String(parts[1])
      switch parts[0] {
      case "unit": return .unit(name)
      case "container": return .container(name)
      case "group": return .group(try absolute(name))
      case "process": return .processes(named: name)
      case "pid": if let number = ProcessID(name), number > 1 { return .process(number) }
      default: break
      }
    }
    throw UsageError(
      "invalid argument \"\(text)\" for \"--freeze\" flag",
      hint: "want unit:NAME, container:NAME, group:FOLDER, process:NAME or pid:NUMBER"
    )
  }

  private func absolute(_ path: String) throws(UsageError) -> FilePath {
    do {
      return try LocalFiles.absolute(FilePath(bytes: ByteText.bytes(path)))
    } catch {
      throw UsageError("\(error)")
    }
  }
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
  try parseLength(text, of: "--max-pause")
}

private func parseLength(_ text: String, of option: String) throws(UsageError) -> Duration {
  guard let duration = parseDuration(text), duration > .zero else {
    throw UsageError(
      "invalid argument \"\(text)\" for \"\(option)\" flag",
      hint: "a length of time is written as 500ms or 2s"
    )
  }
  return duration
}
