import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat
import Restoring

/// `stillpoint rewrite`.
struct RewriteCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "rewrite",
    abstract: "Rewrite snapshots to exclude files or change metadata.",
    discussion: """
      New snapshots are made of existing ones, with the tag rewrite; with --forget they take \
      their place. Without an ID all snapshots that pass the filters are rewritten. What is no \
      longer referred to stays until a prune.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("IDs, their beginnings, or latest.", valueName: "snapshot ID"))
  var ids: [String] = []

  @OptionGroup var patterns: SelectionOptions

  @Option(help: .init("Replace the host.", valueName: "host"))
  var newHost: String?

  @Option(help: .init("Replace the time, as '2012-11-01 22:08:41'.", valueName: "time"))
  var newTime: String?

  @Flag(name: [.customShort("s"), .long], help: "Count again what is in the snapshot.")
  var snapshotSummary = false

  @Flag(help: "Remove the old snapshots after saving the new ones.")
  var forget = false

  @Flag(name: [.customShort("n"), .long], help: "Write nothing, only say what would be done.")
  var dryRun = false

  @OptionGroup(title: "Filters") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    let host = newHost?.isEmpty == true ? nil : newHost
    let time = try parseTimeOption(newTime)
    let selection = try patterns.selection()
    if !patterns.areGiven && !snapshotSummary && host == nil && time == nil {
      throw UsageError(
        "Nothing to do: no excludes/includes provided and no new metadata provided"
      )
    }
    if forget { session.output.tell("create exclusive lock for repository") }
    let repository = try session.repository()
    var rewriting = SnapshotRewriting(
      repository: repository,
      output: session.output,
      interruption: session.interruption,
      tag: "rewrite"
    )
    rewriting.isDryRun = dryRun
    rewriting.forgets = forget
    if case .including = selection { rewriting.keepsEmpty = true }
    rewriting.newHost = host
    rewriting.newTime = time
    return try session.locked(
      repository,
      forget ? .exclusive : .shared,
      isOptional: false,
      isNeeded: !dryRun
    ) {
      let snapshots = try SnapshotSelection(ids, filters.filter, in: repository, session.output)
        .snapshots
      try repository.loadIndex(session.interruption)
      var count = 0
      for snapshot in snapshots {
        let isChanged = try rewriting.replace(snapshot) { saver in
          try change(snapshot.file, selection, repository, saver, session)
        }
        if isChanged { count += 1 }
      }
      rewriting.finish(count)
      return .success
    }
  }

  private func change(
    _ file: SnapshotFile,
    _ selection: RestoreSelection,
    _ repository: Repository,
    _ saver: BlobSaver,
    _ session: Session
  ) throws -> SnapshotRewriting.Change {
    if !selection.isFiltering && !snapshotSummary { return .init(tree: file.tree) }
    var summary = file.summary ?? SnapshotSummary(backupStart: .never, backupEnd: .never)
    summary.totalFilesProcessed = 0
    summary.totalBytesProcessed = 0
    let rewriter = TreeRewriter(repository, session.interruption)
    rewriter.change = { node, path in
      guard isKept(node, path, selection, session.output) else { return false }
      if node.type == .file {
        summary.totalFilesProcessed += 1
        summary.totalBytesProcessed &+= node.size
      }
      return true
    }
    if case .including = selection {
      rewriter.keepsEmpty = { path in
        let isKept = selection.answer(selection.path(FilePath(bytes: path))).isSelected
        if isKept { session.output.tell("including directory \(goText(path))", at: .detailed) }
        return isKept
      }
    }
    let tree = try rewriter.rewrite(file.tree, with: saver)
    return .init(tree: tree, summary: summary)
  }

  private func isKept(
    _ node: Node,
    _ path: [UInt8],
    _ selection: RestoreSelection,
    _ output: Output
  ) -> Bool {
    let answer = selection.answer(selection.path(FilePath(bytes: path)))
    switch selection {
    case .everything: return true
    case .excluding:
      if !answer.isSelected { output.tell("excluding \(goText(path))", at: .detailed) }
      return answer.isSelected
    case .including:
      if node.type == .dir { return answer.isSelected || answer.mayContainSelected }
      if answer.isSelected { output.tell("including \(goText(path))", at: .detailed) }
      return answer.isSelected
    }
  }
}

/// A path in quotes, as Go prints it with `%q`.
func goText(_ path: [UInt8]) -> String {
  "\"" + String(decoding: path.withUnsafeBytes { goQuoted($0) }, as: UTF8.self) + "\""
}
