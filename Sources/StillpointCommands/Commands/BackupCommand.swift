import Archiving
import ArgumentParser
import BackupFlow
import Keeping
import Machine
import ObjectStorage
import Planning
import RepositoryEngine

/// `stillpoint backup`.
struct BackupCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Create a new backup of files and/or directories, as of one instant.",
    discussion: exitStatusHelp(
      .success,
      .failure,
      .incomplete,
      .noRepository,
      .locked,
      .wrongPassword,
      .gradeNotReached,
      .volumeSnapshotLost
    )
  )

  @Argument(help: .init("What to back up.", valueName: "FILE/DIR"))
  var words: [String] = []

  @OptionGroup var sources: SourceOptions
  @OptionGroup var stream: StreamOptions
  @OptionGroup var options: BackupOptions
  @OptionGroup(title: "Stillness") var stillness: StillnessOptions
  @OptionGroup(title: "Proof") var proof: ProofLimitOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    if stream.isAsked { return try backUpStream(session) }
    var session = session
    let files = sources.filesFrom + sources.filesFromVerbatim + sources.filesFromRaw
    session.isInputTaken = files.contains("-")
    let list = try SourceList(words, sources, session.interruption)
    for pattern in list.unmatched {
      session.output.error(["pattern \"\(pattern)\" does not match any files, skipping"])
    }
    for name in list.missing { session.output.error(["\(name) does not exist, skipping"]) }
    if list.targets.isEmpty {
      throw UsageError("all source directories/files do not exist")
    }
    var request = try request(for: list.targets, session)
    session.output.say("open repository", at: .verbose)
    // It gets ready while the key is made of the password.
    let keeper = try Keeper.start()
    defer { keeper.finish() }
    let repository = try session.repository()
    try excludeRepository(repository, from: &request, session.output)
    return try backUp(
      request,
      into: repository,
      keeper: keeper,
      isIncomplete: !list.missing.isEmpty,
      session
    )
  }

  private func backUp(
    _ request: BackupRequest,
    into repository: Repository,
    keeper: Keeper,
    isIncomplete: Bool,
    _ session: Session
  ) throws -> ExitStatus {
    let progress = ArchiveProgress()
    let view = BackupView(output: session.output, progress: progress)
    view.begin(words)
    let report = try ProgressTicker.showing(on: session.output) {
      view.report($0)
    } during: {
      try BackupFlow.backUp(
        request,
        into: repository,
        keeper: keeper,
        progress: progress,
        interruption: session.interruption,
        onEvent: { view.show($0) },
        tell: { view.show($0) }
      )
    }
    view.finish(report, isDryRun: options.dryRun)
    let isDamaged = view.warn(of: report.verdicts)
    if isIncomplete || !report.problems.isEmpty || !report.unsettled.isEmpty {
      return view.warnIncomplete()
    }
    return isDamaged || report.isUnproven ? .incomplete : .success
  }

  /// Leaves the repository out where it lies below a source.
  private func excludeRepository(
    _ repository: Repository,
    from request: inout BackupRequest,
    _ output: Output
  ) throws {
    guard let place = RepositoryPlace(repository.store.location) else { return }
    let found = try request.sources.compactMap { try place.pathBelow($0) }
    if found.isEmpty { return }
    for path in found {
      output.warn("the repository \(path) lies below a source and is left out")
    }
    request.exclusions.patterns = try sources.exclusionPatterns(besides: found)
  }
}
