import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// Shows how a prune goes, in restic's words.
final class PruneView: PruneObserver {
  private struct State {
    var begin = ContinuousClock.now
    var progress: PruneProgress?
    var snapshots = 0
  }

  private let output: Output
  private let isDryRun: Bool
  private let hasJSON: Bool
  private let state = Mutex(State())

  /// - Parameters:
  ///   - output: Where it is shown.
  ///   - isDryRun: Whether all of it is only said.
  ///   - hasJSON: Whether the plan is shown as JSON too: not by `forget`, whose only value is what
  ///     it forgets.
  init(output: Output, isDryRun: Bool, hasJSON: Bool = true) {
    self.output = output
    self.isDryRun = isDryRun
    self.hasJSON = hasJSON
  }

  /// Runs `work`, showing its progress.
  func showing(_ work: (PruneView) throws -> Void) throws {
    try ProgressTicker.showing(on: output) { _ in
      self.line.map { ProgressReport(lines: [$0], json: nil) }
    } during: {
      try work(self)
    }
  }

  func prune(begins step: PruneStep) {
    finishCounting()
    switch step {
    case .loadingSnapshots: output.say("loading all snapshots...")
    case .findingUsed(let snapshots):
      output.say("finding data that is still in use for \(snapshots) snapshots")
      state.withLock { $0.snapshots = snapshots }
    case .searchingPacks:
      output.say("searching used packs...")
      output.say("collecting packs for deletion and repacking")
    case .decided(let plan): show(plan)
    case .removingUnreferenced: output.say("deleting unreferenced packs")
    case .repacking: output.say("repacking packs")
    case .rewritingIndex: output.say("rebuilding index")
    case .removing(let count): output.say("removing \(count) old packs")
    case .done: output.say("done")
    }
  }

  func prune(progress: PruneProgress) { state.withLock { $0.progress = progress } }

  func prune(removed kind: FileKind, _ name: String, failure: (any Error)?) {
    let file = "\(kind == .data ? "data" : kind.word)/\(name)"
    guard let failure else { return output.say("removed \(file)", at: .detailed) }
    output.error(["unable to remove \(file) from the repository: \(ErrorText(failure).line)"])
  }

  /// Says how much was done, once that is all.
  private func finishCounting() {
    let last = state.withLock { state -> String? in
      defer {
        state.progress = nil
        state.begin = .now
      }
      if case .trees? = state.progress {
        let count = state.snapshots
        return Quantity.count(count, of: count, "snapshots", in: .now - state.begin)
      }
      return state.progress.map { Self.line($0, since: state.begin) }
    }
    if let last { output.say(last) }
  }

  private var line: String? {
    state.withLock { state in state.progress.map { Self.line($0, since: state.begin) } }
  }

  private static func line(
    _ progress: PruneProgress,
    since begin: ContinuousClock.Instant
  ) -> String {
    let time = ContinuousClock.now - begin
    switch progress {
    case .trees(let read): return "[\(Quantity.time(time))] \(read) trees read"
    case .repacked(let done, let total):
      return Quantity.count(done, of: total, "packs repacked", in: time)
    case .removed(let done, let total):
      return Quantity.count(done, of: total, "files deleted", in: time)
    }
  }

  private func show(_ plan: PrunePlan.Summary) {
    if isDryRun { output.say("\nWould have made the following changes:") }
    let statistics = plan.statistics
    if output.isJSON {
      if hasJSON { output.json(statistics.json) }
    } else {
      statistics.say(on: output)
    }
    if !plan.lost.isEmpty {
      output.error(
        ["Missing but unneeded pack files are referenced in the index, will be repaired"]
          + plan.lost.map { "will forget missing pack file \($0.digest.hex)" }
      )
    }
    guard isDryRun else { return }
    func say(_ text: String, _ packs: [PackID]) {
      let names = packs.map(\.digest.short).sorted().joined(separator: " ")
      output.say("Would have \(text) packs:\n{\(names)}\n", at: .verbose)
    }
    if !plan.unreferenced.isEmpty {
      say("removed the following unreferenced", plan.unreferenced)
    }
    say("repacked and removed the following", plan.repack)
    say("removed the following no longer used", plan.removed)
  }
}
