import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat
import Restoring

/// `stillpoint restore`.
struct RestoreCommand: StillpointCommand {
  /// Otherwise each page of what it writes would be a new one.
  static let reusesLargeMemory = true

  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Extract the data from a snapshot.",
    discussion: """
      A snapshot is given by the beginning of its ID or as latest, with :PATH for a folder in it.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("Snapshot, or a folder in it.", valueName: "snapshot ID"))
  var ids: [String] = []

  @OptionGroup var options: RestoreOptions
  @OptionGroup(title: "Filters, for latest") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    guard let id = ids.first else { throw UsageError("no snapshot ID specified") }
    if ids.count > 1 {
      throw UsageError("more than one snapshot ID specified: [\(ids.joined(separator: " "))]")
    }
    if options.dryRun && options.verify {
      throw UsageError("--dry-run and --verify are mutually exclusive")
    }
    let selection = try options.patterns.selection()
    let takesAttribute = try options.attributeSelection()
    let overwrite = try options.overwritePolicy()
    let target = try options.targetFolder()
    let repository = try session.repository()
    return try session.locked(repository, .shared) {
      let path = SnapshotPath(id)
      let snapshot = try explaining("failed to find snapshot") {
        try repository.choose(path.id, filters.filter, session.output)
      }
      try repository.loadIndex(session.interruption)
      session.output.say("restoring \(snapshot.headline) to \(options.target)")
      var request = RestoreRequest(
        tree: snapshot.file.tree,
        subfolder: path.path,
        target: target,
        interruption: session.interruption
      )
      request.selection = selection
      request.overwrite = overwrite
      request.isSparse = options.sparse
      request.deletesOthers = options.delete
      request.isDryRun = options.dryRun
      request.verifies = options.verify
      request.takesAttribute = takesAttribute
      request.ownsByName = options.ownershipByName
      request.reportsItems = session.output.verbosity >= .detailed
      return try restore(request, from: repository, session)
    }
  }

  private func restore(
    _ request: RestoreRequest,
    from repository: Repository,
    _ session: Session
  ) throws -> ExitStatus {
    let progress = RestoreProgress()
    let view = RestoreView(output: session.output, progress: progress)
    let result = try ProgressTicker.showing(on: session.output) {
      view.report($0)
    } during: {
      try Restoring.restore(request, from: repository, progress: progress) { view.show($0) }
    }
    view.finish(result)
    if options.verify {
      let count = result.counts.filesVerified
      session.output.say("finished verifying \(count) files in \(options.target)")
    }
    if result.counts.problems > 0 { throw IncompleteRestore(count: result.counts.problems) }
    return .success
  }
}

/// A restore that is not the snapshot.
struct IncompleteRestore: ExplainedError {
  let count: Int
  var cause: (any Error)? { nil }

  var description: String { "There were \(count) errors" }
}
