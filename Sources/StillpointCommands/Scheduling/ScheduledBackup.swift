import Machine

/// The arguments of a backup, as a service can be started with them: from `/`, without a
/// person, and with nothing on standard input.
package struct ScheduledBackup: Hashable {
  /// `backup`, and what follows it.
  package var arguments: [String]

  /// Reads the arguments of `stillpoint schedule backup …`.
  ///
  /// - Parameters:
  ///   - given: What the user wrote.
  ///   - absolute: Turns a relative path into an absolute one.
  /// - Throws: ``UsageError`` for what can't be scheduled.
  package init(
    _ given: CommandLineArguments,
    absolute: (String) -> String
  ) throws(UsageError) {
    guard given.words.first == "backup" else {
      throw UsageError(
        given.words.first.map { "only backup can be scheduled, not \($0)" }
          ?? "what is to be scheduled?",
        hint: "write `schedule` in front of a backup: stillpoint schedule backup /home /srv"
      )
    }
    var options: [String] = []
    for option in given.options {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0].dropFirst(2))
      let value = parts.count > 1 ? String(parts[1]) : nil
      if Self.ours.contains(name) { continue }
      try Self.check(name, value)
      guard let value, Self.paths.contains(name), !value.isEmpty else {
        options.append(option)
        continue
      }
      let prefix = Self.prefixes[name].flatMap { value.hasPrefix($0) ? $0 : nil } ?? ""
      if name == "freeze" && prefix.isEmpty {
        options.append(option)
        continue
      }
      let path = absolute(String(value.dropFirst(prefix.count)))
      options.append("--\(name)=\(name == "repo" ? "" : prefix)\(path)")
    }
    arguments = ["backup"] + options + given.words.dropFirst().map(absolute)
  }

  /// Options that say how to schedule; the password file becomes a credential.
  private static let ours: Set = [
    "at", "directory", "name", "password-file", "print", "random-delay", "remove", "user",
  ]

  private static let paths: Set = [
    "cacert", "cache-dir", "exclude-file", "files-from", "files-from-raw", "files-from-verbatim",
    "freeze", "fsfreeze", "hooks", "iexclude-file", "mysql-option-file", "repo", "repository-file",
    "scratch", "tls-client-cert",
  ]

  /// What stands before a path.
  private static let prefixes = ["repo": "local:", "freeze": "group:"]

  private static func check(_ name: String, _ value: String?) throws(UsageError) {
    if name == "dry-run" {
      throw UsageError(
        "--dry-run would be the same every night",
        hint: "--print shows what would be scheduled"
      )
    }
    if name == "time", value != "now" {
      throw UsageError("--time would give every backup the same time")
    }
    if name.hasPrefix("files-from"), value == "-" {
      throw UsageError("--\(name) can't read standard input: a service has none")
    }
    if name == "repo", let value { try checkSecrets(value) }
  }

  /// - Throws: ``UsageError`` for a location with a password in it: everyone may read units.
  static func checkSecrets(_ location: String) throws(UsageError) {
    guard location.firstMatch(of: /:\/\/[^\/@]*:[^\/@]*@/) == nil else {
      throw UsageError(
        "the location of the repository holds a password, which everyone could read in the unit",
        hint: "write it into a file that only root can read, and use --repository-file"
      )
    }
  }
}
