import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint diff`.
struct DiffCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Show differences between two snapshots.",
    discussion: """
      What stands before a path says what happened to it: + it was added, - it was removed, U \
      its metadata changed, M its content changed, T its type changed, ? its content changed but \
      no metadata did, so the disk may be failing. With :PATH after an ID a folder is compared.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("Two snapshots.", valueName: "snapshot ID> <snapshot ID"))
  var ids: [String] = []

  @Flag(help: "Show changes in metadata too.")
  var metadata = false

  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    guard ids.count == 2 else { throw UsageError("specify two snapshot IDs") }
    let repository = try session.repository()
    return try session.locked(repository, .shared) {
      let paths = ids.map { SnapshotPath($0) }
      let snapshots = try paths.map {
        try repository.choose($0.id, SnapshotFilter(), session.output)
      }
      let view = DifferenceView(output: session.output)
      view.begin(snapshots[0], snapshots[1])
      try repository.loadIndex(session.interruption)
      let trees = try zip(snapshots, paths).map { try repository.tree(of: $0, at: $1) }
      var isComplete = true
      let difference = try SnapshotDifference(
        from: trees[0],
        to: trees[1],
        in: repository,
        comparesMetadata: metadata,
        session.interruption
      ) { event in
        if case .problem = event { isComplete = false }
        try view.show(event)
      }
      view.finish(difference, from: ids[0], to: ids[1])
      return isComplete ? .success : .failure
    }
  }
}
