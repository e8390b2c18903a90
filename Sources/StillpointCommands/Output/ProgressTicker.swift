import Machine

/// How far some work is, at one moment.
struct ProgressReport: Sendable {
  /// For a terminal; the first also stands alone.
  var lines: [String]
  /// For programs; nil for work that has no such message.
  var json: JSONObject?
}

/// Shows progress while some work runs, as often as people and programs want it.
///
/// On a terminal, and with `--json`, ten times a second; else only when
/// `RESTIC_PROGRESS_FPS` says how often. SIGUSR1 always shows one.
enum ProgressTicker {
  /// Runs `work`; `report` is asked on another thread, with the time since the start.
  ///
  /// - Parameters:
  ///   - output: Where it is shown.
  ///   - report: Nil while there is nothing to say, or nothing may be written.
  ///   - work: What takes its time.
  /// - Returns: What `work` returned.
  /// - Throws: What `work` threw.
  static func showing<Value>(
    on output: Output,
    _ report: @escaping @Sendable (Duration) -> ProgressReport?,
    during work: () throws -> Value
  ) rethrows -> Value {
    let start = ContinuousClock.now
    let interval = interval(for: output)
    let stop = StopSignal()
    let thread = WorkerThreads()
    thread.start {
      var next = start
      while !stop.wait(for: min(interval ?? .milliseconds(100), .milliseconds(100))) {
        let now = ContinuousClock.now
        let isDue = interval != nil && now >= next
        let isRequested = ProcessSignals.takeStatusRequests() > 0
        guard isDue || isRequested, let report = report(now - start) else { continue }
        if isDue, let interval { next = now + interval }
        show(report, on: output, isRequested: isRequested)
      }
    }
    defer {
      stop.send()
      thread.join()
      output.show(status: [])
    }
    return try work()
  }

  private static func show(_ report: ProgressReport, on output: Output, isRequested: Bool) {
    if output.isJSON {
      if let json = report.json { output.json(json) }
    } else if output.isTerminal && output.verbosity > .quiet {
      output.show(status: report.lines)
    } else if let line = report.lines.first {
      output.line(Array(line.utf8))
    }
  }

  /// Nil for none.
  private static func interval(for output: Output) -> Duration? {
    if output.verbosity == .quiet { return nil }
    if let rate = Environment.value("PROGRESS_FPS").flatMap(Double.init), rate > 0 {
      return .seconds(1 / min(rate, 60))
    }
    return output.isTerminal || output.isJSON ? .milliseconds(100) : nil
  }
}

/// One line that says how much of something is done, with a bar where the width allows.
struct ProgressLine {
  var elapsed: Duration
  /// What is counted, done and in all; zero in all while that isn't known.
  var done: UInt64
  var total: UInt64
  /// What follows the percentage.
  var text: String

  func text(width: Int) -> String {
    let head = "[\(Quantity.time(elapsed))]"
    guard total > 0 else { return "\(head) \(text)" }
    let percent = Quantity.percent(done, of: total).aligned(right: 7)
    let left = left.map { ", \(Quantity.time($0)) left" } ?? ""
    let plain = "\(head) \(percent)  \(text)\(left)"
    let room = min(width - plain.count - 4, 30)
    guard room >= 8 else { return plain }
    let filled = Int(Double(room) * min(1, Double(done) / Double(total)))
    let bar =
      String(repeating: "#", count: filled) + String(repeating: ".", count: room - filled)
    return "\(head) [\(bar)] \(percent)  \(text)\(left)"
  }

  /// How long the rest takes at the speed so far; nil while that can't be said.
  var left: Duration? {
    guard done > 0, total >= done, elapsed > .milliseconds(500) else { return nil }
    return .seconds(elapsed.seconds * Double(total - done) / Double(done))
  }

  /// Such as `33.5 MiB/s`.
  static func rate(_ bytes: UInt64, in time: Duration) -> String {
    let seconds = max(time.seconds, 0.001)
    return Quantity.short(UInt64(Double(bytes) / seconds)) + "/s"
  }
}
