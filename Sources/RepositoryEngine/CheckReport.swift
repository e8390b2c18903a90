import Machine
import RepositoryFormat
import Synchronization

/// Collects what a check finds, from all its threads.
final class CheckReport: Sendable {
  private struct State {
    var summary = CheckSummary()
    var brokenPacks: Set<PackID> = []
  }

  private let state = Mutex(State())
  private let onProblem: @Sendable (CheckProblem) -> Void
  private let onProgress: @Sendable (CheckProgress) -> Void

  init(
    onProgress: @escaping @Sendable (CheckProgress) -> Void,
    onProblem: @escaping @Sendable (CheckProblem) -> Void
  ) {
    self.onProgress = onProgress
    self.onProblem = onProblem
  }

  /// Notes an error in a file of `kind`, or in a blob when that is nil.
  func error(
    _ kind: FileKind?,
    _ name: String,
    _ description: String,
    isPackBroken pack: PackID? = nil,
    repairsIndex: Bool = false
  ) {
    state.withLock { state in
      state.summary.errors += 1
      if let pack { state.brokenPacks.insert(pack) }
      if repairsIndex { state.summary.suggestsRepairIndex = true }
      onProblem(CheckProblem(kind: kind, name: name, description: description))
    }
  }

  /// Notes something untidy that does no harm.
  func hint(_ kind: FileKind, _ name: String, _ description: String, prunes: Bool) {
    state.withLock { state in
      state.summary.hints += 1
      if prunes { state.summary.suggestsPrune = true }
      onProblem(CheckProblem(isHint: true, kind: kind, name: name, description: description))
    }
  }

  func update(_ body: (inout CheckSummary) -> CheckProgress?) {
    state.withLock { state in
      if let progress = body(&state.summary) { onProgress(progress) }
    }
  }

  var summary: CheckSummary {
    state.withLock { state in
      var summary = state.summary
      summary.brokenPacks = state.brokenPacks.sorted()
      return summary
    }
  }
}

/// An error and what caused it, in one line.
func explained(_ error: any Error) -> String {
  guard let cause = (error as? any ExplainedError)?.cause else { return "\(error)" }
  return "\(error): \(explained(cause))"
}

/// What is wrong with a file that is known to be damaged; its name is said already.
func reason(_ error: any Error) -> String {
  explained((error as? RepositoryError)?.cause ?? error)
}
