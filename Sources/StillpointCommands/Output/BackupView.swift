import Archiving
import BackupFlow
import Machine
import Proving

/// Shows how a backup goes, in restic's words.
struct BackupView: Sendable {
  let output: Output
  let progress: ArchiveProgress
  private let start = ContinuousClock.now

  init(output: Output, progress: ArchiveProgress) {
    self.output = output
    self.progress = progress
  }

  /// Says what is about to happen.
  func begin(_ words: [String]) {
    let sources = words.map { quoted(ByteText.bytes($0)) }.joined(separator: " ")
    output.say("start backup on [\(sources)]", at: .verbose)
  }

  func show(_ notice: BackupNotice) {
    switch notice {
    case .warning(let text): output.warn(text)
    case .step(let text): output.say(text, at: .verbose)
    }
  }

  func show(_ event: ArchiveEvent) {
    switch event {
    case .item(let item): show(item)
    case .problem(let problem):
      complain(problem.path, ErrorText(problem.cause).line)
    case .unsettled(let finding): complain(finding.path, finding.reason)
    }
  }

  private func show(_ item: ArchivedItem) {
    let path = item.path.bytes + (item.isDirectory && item.path != "/" ? [0x2f] : [])
    if output.isJSON { return output.json(message(item, path)) }
    let word = item.action.word.aligned(left: 9)
    guard item.action != .unchanged else {
      return output.say("\(word) \(quoted(path))", at: .detailed)
    }
    let metadata = item.isDirectory ? ", \(Quantity.bytes(item.treeSize)) metadata" : ""
    let time = Quantity.fixed(item.duration.seconds, digits: 3)
    let added = "\(Quantity.bytes(item.dataSize)) added"
    let stored = "\(Quantity.bytes(item.dataStored)) stored"
    output.say(
      "\(word) \(quoted(path)), saved in \(time)s (\(added), \(stored)\(metadata))",
      at: .detailed
    )
  }

  private func message(_ item: ArchivedItem, _ path: [UInt8]) -> JSONObject {
    var object = verboseStatus(item.action.word, path, item.duration)
    object.add("data_size", item.dataSize)
    object.add("data_size_in_repo", item.dataStored)
    object.add("metadata_size", item.treeSize)
    object.add("metadata_size_in_repo", item.treeStored)
    object.add("total_files", 0)
    return object
  }

  private func verboseStatus(
    _ action: String,
    _ item: [UInt8],
    _ duration: Duration
  ) -> JSONObject {
    var object = JSONObject()
    object.add("message_type", "verbose_status")
    object.add("action", action)
    object.add("item", TextBytes(item))
    object.add("duration", duration)
    return object
  }

  /// What was counted ahead; all of it is known when it is over.
  private func showScan() {
    guard output.isJSON, output.verbosity > .normal, progress.hasTotals else { return }
    var object = verboseStatus("scan_finished", [], ContinuousClock.now - start)
    object.add("data_size", progress.bytesTotal)
    object.add("data_size_in_repo", 0)
    object.add("metadata_size", 0)
    object.add("metadata_size_in_repo", 0)
    object.add("total_files", progress.filesTotal)
    output.json(object)
  }

  /// Nothing before the archive has begun: until then nobody may be kept from writing by a
  /// reader of ours that is held.
  func report(_ elapsed: Duration) -> ProgressReport? {
    let done = (files: progress.filesDone, bytes: progress.bytesDone)
    guard progress.filesTotal > 0 || done.files > 0 || done.bytes > 0 else { return nil }
    let current = progress.currentFiles
    let total = progress.hasTotals ? progress.bytesTotal : 0
    var line = ProgressLine(elapsed: elapsed, done: done.bytes, total: total, text: "")
    let whole = progress.hasTotals ? " of \(Quantity.short(progress.bytesTotal))" : ""
    let problems = progress.problems
    line.text =
      "\(done.files) files, \(Quantity.short(done.bytes))\(whole), "
      + ProgressLine.rate(done.bytes, in: elapsed)
      + (problems > 0 ? ", \(problems) errors" : "")
    return ProgressReport(
      lines: [line.text(width: output.width)] + current.map { quoted($0.bytes) },
      json: status(line, current)
    )
  }

  private func status(_ line: ProgressLine, _ current: [FilePath]) -> JSONObject {
    var object = JSONObject()
    object.add("message_type", "status")
    object.add(unlessZero: "seconds_elapsed", UInt64(line.elapsed.seconds))
    object.add(unlessZero: "seconds_remaining", UInt64(line.left?.seconds ?? 0))
    object.add("percent_done", line.total > 0 ? min(1, Double(line.done) / Double(line.total)) : 0)
    object.add(unlessZero: "total_files", progress.filesTotal)
    object.add(unlessZero: "files_done", progress.filesDone)
    object.add(unlessZero: "total_bytes", progress.bytesTotal)
    object.add(unlessZero: "bytes_done", line.done)
    object.add(unlessZero: "error_count", progress.problems)
    if !current.isEmpty { object.add("current_files", current.map { TextBytes($0.bytes) }) }
    return object
  }

  /// The last word.
  func finish(_ report: BackupReport, isDryRun: Bool) {
    showScan()
    let summary = BackupSummary(
      report: report,
      duration: ContinuousClock.now - start,
      isDryRun: isDryRun
    )
    if output.isJSON { return output.json(summary.json) }
    for line in summary.lines(isVerbose: output.verbosity > .normal) { output.say(line) }
  }

  /// Names the databases that are damaged.
  ///
  /// - Returns: Whether there are any.
  func warn(of verdicts: [Verdict]) -> Bool {
    let damaged = verdicts.filter { $0.outcome == .damaged }
    for verdict in damaged {
      let path = quoted(verdict.path.bytes)
      output.warn("the database \(path) was saved as it is, damaged: \(verdict.message)")
    }
    return !damaged.isEmpty
  }

  /// Says that the backup lacks something.
  func warnIncomplete() -> ExitStatus {
    let text = "Warning: at least one source file could not be read"
    guard output.isJSON else {
      output.error([text])
      return .incomplete
    }
    var object = JSONObject()
    object.add("message_type", "exit_error")
    object.add("code", Int(ExitStatus.incomplete.rawValue))
    object.add("message", text)
    output.error(json: object)
    return .incomplete
  }

  private func complain(_ path: FilePath, _ text: String) {
    guard output.isJSON else {
      return output.error(["error: \(quoted(path.bytes)): \(text)"])
    }
    var inner = JSONObject()
    inner.add("message", text)
    var object = JSONObject()
    object.add("message_type", "error")
    object.add("error", inner)
    object.add("during", "archival")
    object.add("item", TextBytes(path.bytes))
    output.error(json: object)
  }
}

extension ArchivedItem.Action {
  fileprivate var word: String {
    switch self {
    case .new: "new"
    case .modified: "modified"
    case .unchanged: "unchanged"
    }
  }
}
