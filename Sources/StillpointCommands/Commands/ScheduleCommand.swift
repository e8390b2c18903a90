import ArgumentParser
import Machine

/// `stillpoint schedule`.
struct ScheduleCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedule",
    abstract: "Make a backup every day, by a systemd service and timer.",
    usage: """
      stillpoint schedule [<options>] backup [<options of backup>] FILE/DIR...
      stillpoint schedule [--name <name>] [--user] --remove
      """,
    discussion: """
      Write `schedule` in front of a backup that works, with the password in a file:

        stillpoint schedule backup -r /mnt/backup -p /etc/backup-password /home /srv

      The password reaches the service as a credential of systemd (250 or newer); a file that \
      ends in .cred was encrypted by `systemd-creds encrypt --name=password`. Writing a \
      schedule again replaces it; `systemctl edit` adds to it.

      \(exitStatusHelp(.success, .failure))
      """
  )

  @Argument(help: .init("The backup, and what to back up.", valueName: "backup FILE/DIR"))
  var words: [String] = []

  @OptionGroup(title: "Options of schedule") var options: ScheduleOptions
  @OptionGroup(title: "Options of backup: what") var sources: SourceOptions
  @OptionGroup(title: "Options of backup: how") var backup: BackupOptions
  @OptionGroup(title: "Options of backup: stillness") var stillness: StillnessOptions
  @OptionGroup(title: "Options of backup: proof") var proof: ProofLimitOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    let names = try UnitNames(options.name)
    let manager = ServiceManager(isForUser: options.user)
    if options.remove { return try remove(names, manager, session) }
    try checkTimes()
    let service = try serviceUnit(names, session).text()
    let timer = TimerUnit(names: names, events: events, randomDelay: options.randomDelay).text
    if options.print {
      for (name, text) in [(names.service, service), (names.timer, timer)] {
        session.output.write(Array("# \(folder(of: manager).appending(name))\n\(text)\n".utf8))
      }
      return .success
    }
    let serviceFile = try UnitFile(folder(of: manager).appending(names.service))
    let timerFile = try UnitFile(folder(of: manager).appending(names.timer))
    if options.user { try makeDirectories(folder(of: manager), mode: 0o755) }
    try serviceFile.write(service)
    try timerFile.write(timer)
    let isStarted = try run(manager.starting(names), manager)
    ScheduleView(output: session.output, names: names, manager: manager)
      .show(written: [serviceFile.path, timerFile.path], events, isStarted: isStarted)
    return .success
  }

  private var events: [String] { options.at.isEmpty ? ["*-*-* 03:00:00"] : options.at }

  private func folder(of manager: ServiceManager) -> FilePath {
    options.directory.map { normalized(FilePath(bytes: ByteText.bytes($0))) } ?? manager.folder
  }

  private func remove(
    _ names: UnitNames,
    _ manager: ServiceManager,
    _ session: Session
  ) throws -> ExitStatus {
    let files = try [names.timer, names.service].map {
      try UnitFile(folder(of: manager).appending($0))
    }
    guard files.contains(where: \.exists) else {
      throw UsageError("there is no schedule \(options.name) in \(folder(of: manager))")
    }
    let isRunning = try files[0].exists && run(manager.stopping(names), manager)
    for file in files { try file.remove() }
    if isRunning { try run(manager.forgetting(), manager) }
    ScheduleView(output: session.output, names: names, manager: manager)
      .show(removed: files.filter(\.exists).map(\.path), isStopped: isRunning)
    return .success
  }

  /// Runs `commands` where the service manager runs and looks into the folder.
  ///
  /// - Returns: Whether it does.
  @discardableResult
  private func run(_ commands: [Command], _ manager: ServiceManager) throws -> Bool {
    guard manager.isRunning, folder(of: manager) == manager.folder else { return false }
    for command in commands { try SystemCommandRunner().run(command) }
    return true
  }

  private func checkTimes() throws {
    for event in events {
      try check(event, "--at", TimerUnit.isEvent(event), SystemdAnalyze.checking(event: event))
    }
    let span = options.randomDelay
    try check(span, "--random-delay", TimerUnit.isSpan(span), SystemdAnalyze.checking(span: span))
  }

  private func check(
    _ text: String,
    _ option: String,
    _ isPossible: Bool,
    _ command: Command
  ) throws {
    let refusal = UsageError(
      "invalid argument \"\(text)\" for \"\(option)\" flag",
      hint: "see systemd.time(7): 03:00, Mon..Fri 22:30 and hourly are events, 30min is a span"
    )
    guard isPossible else { throw refusal }
    do {
      try SystemCommandRunner().run(command)
    } catch {
      // Without the tool, systemd says so itself when it reads the timer.
      if case .notStarted = error.reason { return }
      throw refusal
    }
  }
}
