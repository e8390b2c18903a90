import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint prune`.
struct PruneCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove unneeded data from the repository.",
    discussion: exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Flag(name: [.customShort("n"), .long], help: "Change nothing, say what would be done.")
  var dryRun = false

  @Option(
    help: .init(
      "Make room first where there is none, even for an index; takes the repository's ID. "
        + "An interruption then needs `repair index`. Try --max-repack-size 0 before.",
      valueName: "ID"
    )
  )
  var unsafeRecoverNoFreeSpace: String?

  @OptionGroup(title: "Pruning") var limits: PruneLimitOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var ignored: [String] = []

  func run(in session: Session) throws -> ExitStatus {
    var options = try limits.options()
    if options.repacksUncompressed && session.settings.compression == .off {
      throw UsageError(
        "disabled compression and `--repack-uncompressed` are mutually exclusive"
      )
    }
    if global.noLock && !dryRun {
      throw UsageError(
        "--no-lock is only applicable in combination with --dry-run for prune command"
      )
    }
    let repository = try session.repository()
    if let id = unsafeRecoverNoFreeSpace {
      guard id == repository.id else {
        throw UsageError("must pass id '\(repository.id)' to --unsafe-recover-no-free-space")
      }
      options.recoversSpace = true
    }
    return try session.locked(repository, .exclusive, isOptional: dryRun) {
      try PruneView(output: session.output, isDryRun: dryRun).showing { view in
        try repository.prune(
          options,
          isDryRun: dryRun,
          interruption: session.interruption,
          observer: view
        )
      }
      return .success
    }
  }
}
