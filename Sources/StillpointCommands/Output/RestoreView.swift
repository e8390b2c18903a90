import Machine
import Restoring

/// Shows how a restore goes, in restic's words.
struct RestoreView: Sendable {
  let output: Output
  let progress: RestoreProgress
  private let start = ContinuousClock.now

  init(output: Output, progress: RestoreProgress) {
    self.output = output
    self.progress = progress
  }

  func show(_ event: RestoreEvent) {
    switch event {
    case .item(let action, let path, let size): show(action, path, size)
    case .problem(let problem): show(problem)
    case .warning(let text): output.error([text])
    }
  }

  private func show(_ action: RestoreAction, _ path: FilePath, _ size: UInt64) {
    if output.isJSON {
      var object = JSONObject()
      object.add("message_type", "verbose_status")
      object.add("action", action.rawValue)
      object.add("item", TextBytes(path.bytes))
      object.add("size", size)
      return output.json(object)
    }
    let suffix = size > 0 ? " with size \(Quantity.bytes(size))" : ""
    let word = action.rawValue.aligned(left: 9)
    output.say("\(word) \(quoted(path.bytes))\(suffix)", at: .detailed)
  }

  private func show(_ problem: RestoreProblem) {
    let text = ErrorText(problem.cause).line
    if output.isJSON {
      var inner = JSONObject()
      inner.add("message", text)
      var object = JSONObject()
      object.add("message_type", "error")
      object.add("error", inner)
      object.add("during", "restore")
      object.add("item", TextBytes(problem.path.bytes))
      return output.error(json: object)
    }
    output.error(["ignoring error for \(quoted(problem.path.bytes)): \(text)"])
  }

  func report(_ elapsed: Duration) -> ProgressReport? {
    let counts = progress.counts
    guard counts.filesTotal > 0 else { return nil }
    var line = ProgressLine(
      elapsed: elapsed,
      done: counts.bytesRestored,
      total: counts.bytesTotal,
      text: ""
    )
    line.text =
      "\(counts.filesRestored) of \(counts.filesTotal) files/dirs, "
      + "\(Quantity.short(counts.bytesRestored)) of \(Quantity.short(counts.bytesTotal)), "
      + ProgressLine.rate(counts.bytesRestored, in: elapsed)
    var object = message("status", counts, elapsed)
    object.add("percent_done", percentDone(counts))
    return ProgressReport(lines: [line.text(width: output.width)], json: object)
  }

  /// The last word.
  func finish(_ result: RestoreResult) {
    let counts = result.counts
    let elapsed = ContinuousClock.now - start
    if output.isJSON { return output.json(message("summary", counts, elapsed)) }
    let isWhole =
      counts.filesRestored == counts.filesTotal && counts.bytesRestored == counts.bytesTotal
    let bytes = Quantity.bytes(counts.bytesRestored)
    var text =
      isWhole
      ? "Summary: Restored \(counts.filesRestored) files/dirs (\(bytes))"
      : "Summary: Restored \(counts.filesRestored) / \(counts.filesTotal) files/dirs "
        + "(\(bytes) / \(Quantity.bytes(counts.bytesTotal)))"
    text += " in \(Quantity.time(elapsed))"
    if counts.filesSkipped > 0 {
      text +=
        ", skipped \(counts.filesSkipped) files/dirs \(Quantity.bytes(counts.bytesSkipped))"
    }
    if counts.filesDeleted > 0 { text += ", deleted \(counts.filesDeleted) files/dirs" }
    output.say(text)
  }

  private func percentDone(_ counts: RestoreCounts) -> Double {
    counts.bytesTotal > 0 ? Double(counts.bytesRestored) / Double(counts.bytesTotal) : 0
  }

  private func message(
    _ type: String,
    _ counts: RestoreCounts,
    _ elapsed: Duration
  ) -> JSONObject {
    var object = JSONObject()
    object.add("message_type", type)
    object.add(unlessZero: "seconds_elapsed", UInt64(elapsed.seconds))
    object.add(unlessZero: "total_files", UInt64(counts.filesTotal))
    object.add(unlessZero: "files_restored", UInt64(counts.filesRestored))
    object.add(unlessZero: "files_skipped", UInt64(counts.filesSkipped))
    object.add(unlessZero: "files_deleted", UInt64(counts.filesDeleted))
    object.add(unlessZero: "total_bytes", counts.bytesTotal)
    object.add(unlessZero: "bytes_restored", counts.bytesRestored)
    object.add(unlessZero: "bytes_skipped", counts.bytesSkipped)
    return object
  }
}
