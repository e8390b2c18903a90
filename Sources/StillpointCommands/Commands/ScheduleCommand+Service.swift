import Archiving
import ArgumentParser
import Machine

extension ScheduleCommand {
  /// The service, checked as far as that can be done without starting it.
  ///
  /// - Throws: ``UsageError`` for what a service can't do; errors of files that can't be read.
  func serviceUnit(_ names: UnitNames, _ session: Session) throws -> ServiceUnit {
    let scheduled = try ScheduledBackup(session.arguments, absolute: absolute)
    let targets = try check(scheduled, session)
    var unit = ServiceUnit(
      names: names,
      description: Array("Backup of ".utf8)
        + Array(targets.map { quoted($0.bytes) }.joined(separator: ", ").utf8),
      program: try realPath(of: "/proc/self/exe").bytes,
      commands: [scheduled.arguments.map { ByteText.bytes($0) }]
    )
    unit.isForUser = options.user
    unit.environment = try ServiceEnvironment.variables(besides: global, absolute: absolute)
    let isFromFile =
      global.repositoryFile != nil
      || unit.environment.contains { $0.name.hasSuffix("_REPOSITORY_FILE") }
    let place = try place(isFromFile: isFromFile, session)
    if !options.user { unit.mounted = place }
    try takePassword(session.settings.passwordSource, into: &unit)
    return unit
  }

  /// Reads the scheduled arguments as the service will.
  ///
  /// - Returns: What will be backed up.
  private func check(_ scheduled: ScheduledBackup, _ session: Session) throws -> [FilePath] {
    let ordered = try CommandLineArguments(scheduled.arguments).ordered
    guard let backup = try Stillpoint.parseAsRoot(ordered) as? BackupCommand else {
      throw UsageError("these are not the arguments of a backup")
    }
    let list = try SourceList(backup.words, backup.sources, session.interruption)
    for name in list.missing { session.output.warn("\(name) does not exist now") }
    guard !list.targets.isEmpty else { throw UsageError("none of the paths exists") }
    if let relative = list.targets.first(where: { $0.placement != nil }) {
      throw UsageError(
        "a list of files names a relative path, such as that of \(relative.path)",
        hint: "a service begins in /: write the paths in full"
      )
    }
    _ = try backup.request(for: list.targets, session)
    return list.targets.map(\.path)
  }

  /// Where the repository lies, which is on this machine.
  ///
  /// `isFromFile` says that the service reads it from a file, each time.
  private func place(isFromFile: Bool, _ session: Session) throws -> [UInt8] {
    _ = try session.store()  // Says so when there is none.
    let name = session.repositoryName
    let path = name.hasPrefix("local:") ? String(name.dropFirst("local:".count)) : name
    if isFromFile && !path.hasPrefix("/") {
      throw UsageError(
        "the repository file names a relative path: \(path)",
        hint: "a service begins in /: write the path in full"
      )
    }
    return ByteText.bytes(absolute(path))
  }

  private func takePassword(_ source: PasswordSource, into unit: inout ServiceUnit) throws {
    switch source {
    case .none: return
    case .file(let name):
      let path = absolute(name)
      if (try? fileMetadata(of: FilePath(bytes: ByteText.bytes(path)))) == nil {
        throw UsageError("can't get the password: \(path) does not exist")
      }
      unit.password = .init(path: ByteText.bytes(path), isEncrypted: path.hasSuffix(".cred"))
    case .command(let text):
      guard global.passwordCommand == nil else { return }
      let name = Environment.foundName("PASSWORD_COMMAND")
      unit.environment.append((name, ByteText.bytes(text)))
    case .variable:
      throw UsageError(
        "a password from the environment can't be scheduled: everyone could read it in the unit",
        hint: "write it into a file that only root can read, and use --password-file"
      )
    case .asked:
      throw UsageError(
        "nobody will be there to enter the password",
        hint: "write it into a file that only root can read, and use --password-file"
      )
    }
  }

  private func absolute(_ name: String) -> String {
    ByteText.text(normalized(FilePath(bytes: ByteText.bytes(name))).bytes)
  }
}
