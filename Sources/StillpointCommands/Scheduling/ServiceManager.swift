package import Machine

/// systemd, as `systemctl` speaks to it.
package struct ServiceManager {
  /// The user's own, not the system's.
  package var isForUser: Bool

  package init(isForUser: Bool) { self.isForUser = isForUser }

  /// Where an administrator or a user puts units.
  var folder: FilePath {
    guard isForUser else { return "/etc/systemd/system" }
    return (path(from: "XDG_CONFIG_HOME") ?? (path(from: "HOME") ?? "/").appending(".config"))
      .appending("systemd/user")
  }

  /// Whether it runs here; see `sd_booted(3)`.
  var isRunning: Bool {
    let folder: FilePath? =
      isForUser
      ? path(from: "XDG_RUNTIME_DIR")?.appending("systemd/private") : "/run/systemd/system"
    return folder.map { (try? fileMetadata(of: $0)) != nil } ?? false
  }

  /// Makes units known that were written, and starts their timer.
  ///
  /// `restart`, because a timer that runs goes on with its old times.
  package func starting(_ names: UnitNames) -> [Command] {
    [command("daemon-reload"), command("enable", names.timer), command("restart", names.timer)]
  }

  /// Stops the timer of units that are about to be removed; a backup that runs goes on.
  package func stopping(_ names: UnitNames) -> [Command] {
    [command("disable", "--now", names.timer)]
  }

  /// Makes known that units were removed.
  package func forgetting() -> [Command] { [command("daemon-reload")] }

  /// Makes a backup now.
  package func backingUp(_ names: UnitNames) -> Command { command("start", names.service) }

  private func command(_ arguments: String...) -> Command {
    Command("systemctl", arguments: (isForUser ? ["--user"] : []) + arguments)
  }

  private func path(from variable: String) -> FilePath? {
    environmentVariable(variable).flatMap { $0.first == 0x2f ? FilePath(bytes: $0) : nil }
  }
}

/// How systemd's own tool is asked what it understands.
package enum SystemdAnalyze {
  /// Ends with another status than 0 when `event` is none.
  package static func checking(event: String) -> Command {
    Command("systemd-analyze", "calendar", "--", event)
  }

  /// Ends with another status than 0 when `span` is none.
  package static func checking(span: String) -> Command {
    Command("systemd-analyze", "timespan", "--", span)
  }
}
