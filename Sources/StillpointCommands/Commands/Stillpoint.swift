import ArgumentParser
import Machine

/// The program with all its commands.
struct Stillpoint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stillpoint",
    abstract: "Backs up a machine as it was at one instant, while it keeps running.",
    discussion: """
      Backups are stored in restic's repository format. Commands, flags, environment variables \
      and exit codes are restic's; variables that begin with STILLPOINT_ win over those that \
      begin with RESTIC_.
      """,
    subcommands: [
      BackupCommand.self, PlanCommand.self, CloneCommand.self, RunCommand.self,
      DoctorCommand.self, InitCommand.self, SnapshotsCommand.self, ListCommand.self,
      ForgetCommand.self, PruneCommand.self, UnlockCommand.self, CatCommand.self,
      CheckCommand.self, RestoreCommand.self, MountCommand.self, CacheCommand.self,
      ScheduleCommand.self, TagCommand.self, KeyCommand.self, CopyCommand.self,
      RewriteCommand.self, RepairCommand.self, RecoverCommand.self, MigrateCommand.self,
      GenerateCommand.self, FeaturesCommand.self, OptionsCommand.self,
      VersionCommand.self,
      DiffCommand.self, DumpCommand.self, FindCommand.self, ListObjectsCommand.self,
      StatsCommand.self, VerifyCommand.self,
    ]
  )
}

/// One command: what it does, with what the global options decided.
protocol StillpointCommand: ParsableCommand {
  var global: GlobalOptions { get }

  func run(in session: Session) throws -> ExitStatus

  /// Whether it uses the same large blocks of memory again and again: they are kept then.
  static var reusesLargeMemory: Bool { get }
}

extension StillpointCommand {
  static var reusesLargeMemory: Bool { false }
}

/// The part of a command's help that says how it ends.
func exitStatusHelp(_ statuses: ExitStatus...) -> String {
  statuses.map { "Exit status is \($0.rawValue) \($0.meaning)." }.joined(separator: "\n")
}

extension ExitStatus {
  /// When the program ends so, as the second half of a sentence.
  fileprivate var meaning: String {
    switch self {
    case .success: "if the command was successful"
    case .failure: "if there was any error"
    case .incomplete: "if some source data could not be read (incomplete snapshot created)"
    case .noRepository: "if the repository does not exist"
    case .locked: "if the repository is already locked"
    case .wrongPassword: "if the password is incorrect"
    case .gradeNotReached: "if the required grade was not reached (nothing was saved)"
    case .volumeSnapshotLost: "if a volume snapshot was lost (no snapshot created)"
    case .interrupted: "if the command was interrupted"
    case .outputClosed: "if standard output was closed"
    case .ofCommand: "if the command ended so"
    }
  }
}
