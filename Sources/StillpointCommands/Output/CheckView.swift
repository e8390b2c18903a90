import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// Shows how a check goes and what it finds, in restic's words.
final class CheckView: Sendable {
  private struct State {
    var phase = 0
    var progress: CheckProgress?
  }

  private let output: Output
  private let packs: CheckedPacks
  /// Of the snapshots that are meant; nil when all are.
  private let selection: SnapshotSelection?
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  init(output: Output, packs: CheckedPacks, selection: SnapshotSelection?) {
    self.output = output
    self.packs = packs
    self.selection = selection
  }

  func begin() { output.say("load indexes") }

  func show(_ progress: CheckProgress) {
    state.withLock { state in
      state.progress = progress
      let phase = progress.phase
      while state.phase < phase {
        state.phase += 1
        for title in titles(of: state.phase) { output.say(title) }
      }
      if phase > 0, progress.done == progress.total { output.say(line(progress)) }
    }
  }

  func show(_ problem: CheckProblem) {
    if problem.isHint {
      output.say(problem.description)
    } else {
      complain(problem.description)
    }
  }

  func report(_ elapsed: Duration) -> ProgressReport? {
    state.withLock { state in
      state.progress.map { ProgressReport(lines: [line($0)], json: nil) }
    }
  }

  /// Says the result.
  ///
  /// - Throws: ``DamagedRepository`` when something is wrong.
  func finish(_ summary: CheckSummary) throws -> ExitStatus {
    // A snapshot that may be meant and can't be read, or isn't there, is one too.
    let unseen = selection.map { max($0.unknownCount, $0.isIncomplete ? 1 : 0) } ?? 0
    let errors = summary.errors + unseen
    if output.isJSON {
      var object = JSONObject()
      object.add("message_type", "summary")
      object.add("num_errors", errors)
      let broken = summary.brokenPacks.map(\.digest.hex)
      object.add(orNull: "broken_packs", broken.isEmpty ? nil : broken)
      object.add("suggest_repair_index", summary.suggestsRepairIndex)
      object.add("suggest_prune", summary.suggestsPrune)
      output.json(object)
    }
    if summary.suggestsPrune {
      output.say("Additional files are non-critical, `restic prune` removes them")
    }
    if summary.suggestsRepairIndex && summary.errors > 0 {
      complain("The repository index is damaged and must be repaired: `restic repair index`")
    }
    if !summary.brokenPacks.isEmpty {
      let names = summary.brokenPacks.map(\.digest.hex).joined(separator: " ")
      complain("The repository contains damaged pack files. These commands save what is whole:")
      complain("\nrestic repair packs \(names)\nrestic repair snapshots --forget\n")
    }
    guard errors == 0 else { throw DamagedRepository() }
    output.say("no errors were found")
    return .success
  }

  private func complain(_ text: String) {
    guard output.isJSON else { return output.error([text]) }
    var object = JSONObject()
    object.add("message_type", "error")
    object.add("message", text)
    output.error(json: object)
  }

  private func titles(of phase: Int) -> [String] {
    if phase == 1 { return ["check all packs", "check snapshots, trees and blobs"] }
    let filtered = selection == nil ? "" : "filtered "
    switch packs {
    case .none: return []
    case .all: return ["read all \(filtered)data"]
    case .part(let part, let count):
      return ["read group #\(part) of \(count) of \(filtered)data packs"]
    case .percent(let percent):
      return ["read \(Quantity.fixed(percent, digits: 1))% of \(filtered)packfiles"]
    case .bytes(let count): return ["read \(count) bytes of \(filtered)data packs"]
    }
  }

  private func line(_ progress: CheckProgress) -> String {
    let what = ["index files", "snapshots", "packs"][progress.phase]
    return Quantity.count(progress.done, of: progress.total, what, in: .now - start)
  }
}

/// A check found errors.
struct DamagedRepository: ExplainedError {
  var cause: (any Error)? { nil }
  var description: String { "repository contains errors" }
}

extension CheckProgress {
  fileprivate var phase: Int {
    switch self {
    case .index: 0
    case .snapshots: 1
    case .packs: 2
    }
  }

  fileprivate var done: Int {
    switch self {
    case .index(let done, _), .snapshots(let done, _), .packs(let done, _, _): done
    }
  }

  fileprivate var total: Int {
    switch self {
    case .index(_, let total), .snapshots(_, let total), .packs(_, let total, _): total
    }
  }
}
