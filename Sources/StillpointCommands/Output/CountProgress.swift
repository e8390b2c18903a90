import Synchronization

/// Counts how many of something are done: shown meanwhile, and said at the end, as restic does.
final class CountProgress: Sendable {
  private let what: String
  private let total: Int
  private let done = Atomic(0)

  private init(_ what: String, of total: Int) {
    self.what = what
    self.total = total
  }

  /// Runs `work`, which counts.
  ///
  /// - Parameters:
  ///   - what: What is counted, such as `packs copied`.
  ///   - total: How many there are; 0 when that isn't known.
  ///   - output: Where it is shown.
  ///   - work: What takes its time.
  /// - Returns: What `work` returned.
  /// - Throws: What `work` threw; then nothing is said.
  static func showing<Value>(
    _ what: String,
    of total: Int,
    on output: Output,
    during work: (CountProgress) throws -> Value
  ) rethrows -> Value {
    let progress = CountProgress(what, of: total)
    let start = ContinuousClock.now
    let value = try ProgressTicker.showing(on: output) {
      ProgressReport(lines: [progress.line($0)], json: nil)
    } during: {
      try work(progress)
    }
    output.tell(progress.line(ContinuousClock.now - start))
    return value
  }

  /// Counts more, on any thread.
  func add(_ count: Int = 1) { done.add(count, ordering: .relaxed) }

  private func line(_ elapsed: Duration) -> String {
    let done = done.load(ordering: .relaxed)
    if total == 0 { return "[\(Quantity.time(elapsed))]          \(done) \(what)" }
    return Quantity.count(done, of: total, what, in: elapsed)
  }
}
