import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint repair snapshots`.
struct RepairSnapshotsCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshots",
    abstract: "Repair snapshots.",
    discussion: """
      New snapshots are made that leave out what is damaged or missing, with the tag repaired; \
      with --forget they take the place of the old ones. What is missing only there may still \
      be on the machine: then a backup heals all snapshots, and nothing is lost. Run repair \
      index first.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("IDs, their beginnings, or latest.", valueName: "snapshot ID"))
  var ids: [String] = []

  @Flag(help: "Remove the old snapshots after saving the new ones.")
  var forget = false

  @Flag(name: [.customShort("n"), .long], help: "Write nothing, only say what would be done.")
  var dryRun = false

  @OptionGroup(title: "Filters") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    let repository = try session.repository()
    var rewriting = SnapshotRewriting(
      repository: repository,
      output: session.output,
      interruption: session.interruption,
      tag: "repaired"
    )
    rewriting.isDryRun = dryRun
    rewriting.forgets = forget
    return try session.locked(
      repository,
      .exclusive,
      isOptional: false,
      isNeeded: !dryRun
    ) {
      let snapshots = try SnapshotSelection(ids, filters.filter, in: repository, session.output)
        .snapshots
      try repository.loadIndex(session.interruption)
      let rewriter = rewriter(repository, session)
      var count = 0
      for snapshot in snapshots {
        let isChanged = try rewriting.replace(snapshot) { saver in
          .init(tree: try rewriter.rewrite(snapshot.file.tree, with: saver))
        }
        if isChanged { count += 1 }
      }
      rewriting.finish(count)
      return .success
    }
  }

  private func rewriter(_ repository: Repository, _ session: Session) -> TreeRewriter {
    let output = session.output
    let rewriter = TreeRewriter(repository, session.interruption)
    rewriter.mayLoseUnknown = true
    rewriter.remembersTrees = true
    rewriter.replacement = { path in
      if path == Array("/".utf8) {
        output.tell("  dir \(goText(path)): not readable")
        return .nothing
      }
      output.tell("  dir \(goText(path)): replaced with empty directory")
      return .emptyFolder
    }
    rewriter.change = { node, path in
      switch node.type {
      case .irregular:
        output.tell(
          "  file \(goText(path)): removed node with invalid type \"\(node.type.rawValue)\""
        )
        return false
      case .file:
        repair(&node, at: path, in: repository, output)
        return true
      case .dir, .symlink, .dev, .chardev, .fifo, .socket:
        return true
      }
    }
    return rewriter
  }

  /// Leaves out what no index file names of a file's content.
  private func repair(
    _ node: inout Node,
    at path: [UInt8],
    in repository: Repository,
    _ output: Output
  ) {
    let content = node.content ?? []
    let sizes = content.map { repository.plainSize(.data, $0) }
    let size = sizes.reduce(0) { $0 + UInt64($1 ?? 0) }
    if sizes.contains(nil) {
      output.tell("  file \(goText(path)): removed missing content")
    } else if size != node.size {
      output.tell("  file \(goText(path)): fixed incorrect size")
    }
    node.content = zip(content, sizes).filter { $0.1 != nil }.map(\.0)
    node.size = size
  }
}
