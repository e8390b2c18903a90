import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint migrate`.
struct MigrateCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Apply migrations.",
    discussion: """
      Without a name it lists the migrations that can be applied.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("What to apply: upgrade_repo_v2.", valueName: "migration name"))
  var names: [String] = []

  @Flag(name: .shortAndLong, help: "Apply a migration a second time.")
  var force = false

  @OptionGroup(title: "Global flags") var global: GlobalOptions

  /// The only one there is.
  private static let upgrade = "upgrade_repo_v2"

  func run(in session: Session) throws -> ExitStatus {
    let repository = try session.repository()
    try session.locked(repository, .exclusive, isOptional: false) {
      if names.isEmpty {
        session.output.tell("available migrations:")
        session.output.tell(
          repository.config.version == 1
            ? "  \(Self.upgrade)\tupgrade a repository to version 2" : "no migrations found"
        )
      }
      for (position, name) in names.enumerated() where !names[..<position].contains(name) {
        guard name == Self.upgrade else {
          session.output.error(["unknown migration \(name)"])
          continue
        }
        try upgrade(repository, session)
      }
    }
    return .success
  }

  private func upgrade(_ repository: Repository, _ session: Session) throws {
    let output = session.output
    if repository.config.version != 1 {
      guard force else {
        return output.error([
          "migration \(Self.upgrade) cannot be applied: repository is already upgraded to "
            + "version \(repository.config.version)",
          "If you want to apply this migration anyway, re-run with option --force",
        ])
      }
      output.error(["check for migration \(Self.upgrade) failed, continuing anyway"])
    }
    output.tell("checking repository integrity...")
    _ = try session.check(repository, CheckOptions())
    output.tell("applying migration \(Self.upgrade)...")
    do {
      try keepingCopy(of: repository) { try repository.upgrade() }
    } catch {
      output.error(["migration \(Self.upgrade) failed: \(ErrorText(error).line)"])
      throw error
    }
    output.tell("migration \(Self.upgrade): success")
  }

  /// Runs `body` while there is a copy of the config on this machine; it stays when `body` fails.
  private func keepingCopy(of repository: Repository, _ body: () throws -> Void) throws {
    let folder = try makeTemporaryDirectory(named: "stillpoint-migrate-upgrade-repo-v2")
    let copy = folder.appending("config")
    try writeWholeFile(repository.loadSealedConfig(), to: copy, isNew: true, mode: 0o600)
    do {
      try body()
    } catch {
      throw UpgradeError(copy: copy, cause: error)
    }
    // What can't be removed does no harm: without the key it says nothing.
    try? LocalFiles.remove(copy)
    try? LocalFiles.removeDirectory(folder)
  }
}

/// A repository that was not upgraded.
struct UpgradeError: ExplainedError {
  let copy: FilePath
  let cause: (any Error)?

  var description: String { "error uploading config" }
  var hint: String? { "there is a backup of the config file in \(copy)" }
}
