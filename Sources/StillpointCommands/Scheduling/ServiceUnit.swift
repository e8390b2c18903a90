/// The unit that makes the backup.
package struct ServiceUnit {
  /// A file with the password, which systemd reads and hands to the service.
  package struct Password {
    package var path: [UInt8]
    /// Whether `systemd-creds` encrypted it.
    package var isEncrypted: Bool

    package init(path: [UInt8], isEncrypted: Bool) {
      self.path = path
      self.isEncrypted = isEncrypted
    }
  }

  package var names: UnitNames
  /// Of the user's own service manager.
  package var isForUser = false
  package var description: [UInt8]
  /// Of this program.
  package var program: [UInt8]
  /// What the program is called with, one after the other: the first that fails ends it.
  package var commands: [[[UInt8]]]
  package var environment: [(name: String, value: [UInt8])] = []
  package var password: Password?
  /// A path whose file system must be mounted.
  package var mounted: [UInt8]?

  package init(
    names: UnitNames,
    description: [UInt8],
    program: [UInt8],
    commands: [[[UInt8]]]
  ) {
    self.names = names
    self.description = description
    self.program = program
    self.commands = commands
  }

  /// The unit file.
  ///
  /// - Throws: ``UsageError`` for what can't be written in one.
  package func text() throws(UsageError) -> String {
    let unit =
      ["[Unit]", "Description=" + UnitText.text(description)]
      + (mounted.flatMap(UnitText.listedPath).map { ["RequiresMountsFor=\($0)"] } ?? [])
    let service =
      try ["[Service]", "Type=oneshot"] + environmentLines() + passwordLines() + commandLines()
    let hardening = isForUser ? Hardening.ofAnyone : Hardening.ofRoot
    let lines =
      [names.heading(of: names.service)] + unit + [""] + service + [""] + Self.ending + [""]
      + Self.shares + [""] + hardening
    return lines.joined(separator: "\n") + "\n"
  }

  /// How it ends.
  ///
  /// `control-group`, systemd's default, because of when it kills: only after `TimeoutStopSec`.
  /// The keeper ignores SIGTERM and goes on until everything is undone. With `mixed`, systemd
  /// kills what is left in the unit as soon as the main process is gone, and that is the keeper
  /// just when it is needed; with `process` or `none` a hung helper would stay for ever.
  private static let ending = [
    "TimeoutStartSec=infinity",
    "TimeoutStopSec=5min",
    "KillMode=control-group",
  ]

  /// What it gets of a busy machine: half of what others get, and all that they leave.
  ///
  /// Not `Nice`: it counts only among the processes of one unit, and `stillpoint` would come
  /// after its own keeper's tools. Not `IOSchedulingClass=idle`: the length of a pause is how
  /// long the volume snapshot takes to write out, and the idle class may wait for as long as
  /// others use the disk, with writers held meanwhile. The keeper runs at a real-time priority,
  /// which shares don't change.
  private static let shares = ["CPUWeight=50", "IOWeight=50"]

  private func environmentLines() throws(UsageError) -> [String] {
    var lines: [String] = []
    for (name, value) in environment {
      guard let assignment = UnitText.assignment(name, value) else {
        throw UsageError("the value of \(name) can't be written in a unit file")
      }
      lines.append("Environment=\(assignment)")
    }
    return lines
  }

  private func passwordLines() throws(UsageError) -> [String] {
    guard let password else { return [] }
    guard let path = UnitText.path(password.path) else {
      throw UsageError("the path of the password file can't be written in a unit file")
    }
    let setting = password.isEncrypted ? "LoadCredentialEncrypted" : "LoadCredential"
    return ["\(setting)=password:\(path)", "Environment=RESTIC_PASSWORD_FILE=%d/password"]
  }

  private func commandLines() throws(UsageError) -> [String] {
    guard let program = UnitText.program(program) else {
      throw UsageError(
        "systemd can't start a program at \(quoted(program))",
        hint: "`make install` puts it in /usr/local/bin"
      )
    }
    let starts = commands.map { arguments in
      "ExecStart=" + ([program] + arguments.map(UnitText.argument)).joined(separator: " ")
    }
    return starts + ["ExecStopPost=\(program) doctor --repair"]
  }
}
