import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint stats`.
struct StatsCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Scan the repository and show basic statistics.",
    discussion: """
      Counts all snapshots, those that the filters leave, or those given. The modes are \
      restore-size, the size of all files once restored; files-by-contents, the size of files \
      with different contents; blobs-per-file, the size of different blobs by file; raw-data, \
      the size of the blobs in the repository.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("IDs, their beginnings, or latest.", valueName: "snapshot ID"))
  var ids: [String] = []

  @Option(
    help: .init(
      "restore-size, files-by-contents, blobs-per-file or raw-data.",
      valueName: "mode"
    )
  )
  var mode = CountingMode.restoreSize.rawValue

  @OptionGroup(title: "Filters") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    guard let counting = CountingMode(rawValue: mode) else {
      throw UsageError(
        "unknown counting mode: \(mode) (use the -h flag to get a list of supported modes)"
      )
    }
    let repository = try session.repository()
    return try session.locked(repository, .shared) {
      session.output.say("scanning...", at: .quiet)
      let selection = try SnapshotSelection(ids, filters.filter, in: repository, session.output)
      try repository.loadIndex(session.interruption)
      let view = StatisticsView(
        output: session.output,
        mode: counting,
        snapshots: selection.snapshots.count
      )
      let statistics = try ProgressTicker.showing(on: session.output) {
        view.report($0)
      } during: {
        var statistics = try SnapshotStatistics(counting, in: repository)
        for snapshot in selection.snapshots {
          view.beginSnapshot()
          try statistics.count(snapshot.file.tree, session.interruption) { view.count($0) }
        }
        try statistics.finish { view.count($0) }
        return statistics
      }
      view.finish(statistics)
      return selection.isIncomplete ? .failure : .success
    }
  }
}
