import Archiving
import BackupFlow
import Keeping
import Machine
import RepositoryEngine

extension BackupCommand {
  /// Backs up standard input, or what a command writes.
  func backUpStream(_ session: Session) throws -> ExitStatus {
    let source = try stream.source(words, sources)
    let path = try stream.path()
    if stillness.require != nil {
      throw UsageError(
        "--require and --stdin cannot be used together",
        hint: "how still a stream is, is up to the program that writes it"
      )
    }
    if !options.dump.isEmpty || stillness.asksToHold {
      throw UsageError("--dump, --hooks, --freeze and --fsfreeze are for files, not for a stream")
    }
    var session = session
    session.isInputTaken = stream.stdin
    let output = session.output
    let request = try request(for: [], session)
    output.say("open repository", at: .verbose)
    let keeper = try Keeper.start()
    defer { keeper.finish() }
    let repository = try session.repository()
    let progress = ArchiveProgress()
    let view = BackupView(output: output, progress: progress)
    output.say("read data from stdin", at: .verbose)
    view.begin([ByteText.text(path.bytes)])
    let program = words.first ?? ""
    let report = try ProgressTicker.showing(on: output) {
      view.report($0)
    } during: {
      try BackupFlow.backUp(
        source,
        as: path,
        request,
        into: repository,
        keeper: keeper,
        progress: progress,
        interruption: session.interruption,
        onComplaint: { line in
          let text = String(decoding: line, as: UTF8.self)
          output.error(["subprocess \(program): \(text)"])
        },
        onEvent: { view.show($0) },
        tell: { view.show($0) }
      )
    }
    view.finish(report, isDryRun: options.dryRun)
    return report.problems.isEmpty ? .success : view.warnIncomplete()
  }
}
