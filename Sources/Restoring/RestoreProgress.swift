import Synchronization

/// How much of a restore is done: files count directories and everything else with a name.
package struct RestoreCounts: Hashable, Sendable {
  /// Found so far; those that are skipped don't count.
  package var filesTotal = 0
  package var filesRestored = 0
  package var filesSkipped = 0
  package var filesDeleted = 0
  package var filesVerified = 0
  /// Of the files to restore, with what they already hold.
  package var bytesTotal: UInt64 = 0
  package var bytesRestored: UInt64 = 0
  package var bytesSkipped: UInt64 = 0
  /// Paths that could not be restored as they are in the snapshot.
  package var problems = 0

  package init() {}
}

/// The counters of a running restore, for whoever shows them.
package final class RestoreProgress: Sendable {
  private let filesTotal = Atomic(0)
  private let filesRestored = Atomic(0)
  private let filesSkipped = Atomic(0)
  private let filesDeleted = Atomic(0)
  private let filesVerified = Atomic(0)
  private let bytesTotal = Atomic<UInt64>(0)
  private let bytesRestored = Atomic<UInt64>(0)
  private let bytesSkipped = Atomic<UInt64>(0)
  private let problems = Atomic(0)

  package init() {}

  /// The counters as they are now.
  package var counts: RestoreCounts {
    var counts = RestoreCounts()
    counts.filesTotal = filesTotal.load(ordering: .relaxed)
    counts.filesRestored = filesRestored.load(ordering: .relaxed)
    counts.filesSkipped = filesSkipped.load(ordering: .relaxed)
    counts.filesDeleted = filesDeleted.load(ordering: .relaxed)
    counts.filesVerified = filesVerified.load(ordering: .relaxed)
    counts.bytesTotal = bytesTotal.load(ordering: .relaxed)
    counts.bytesRestored = bytesRestored.load(ordering: .relaxed)
    counts.bytesSkipped = bytesSkipped.load(ordering: .relaxed)
    counts.problems = problems.load(ordering: .relaxed)
    return counts
  }

  func found(bytes: UInt64 = 0) {
    filesTotal.wrappingAdd(1, ordering: .relaxed)
    bytesTotal.wrappingAdd(bytes, ordering: .relaxed)
  }

  func wrote(bytes: UInt64) { bytesRestored.wrappingAdd(bytes, ordering: .relaxed) }
  func restored() { filesRestored.wrappingAdd(1, ordering: .relaxed) }
  func deleted() { filesDeleted.wrappingAdd(1, ordering: .relaxed) }
  func verified() { filesVerified.wrappingAdd(1, ordering: .relaxed) }
  func failed() { problems.wrappingAdd(1, ordering: .relaxed) }

  func skipped(bytes: UInt64) {
    filesSkipped.wrappingAdd(1, ordering: .relaxed)
    bytesSkipped.wrappingAdd(bytes, ordering: .relaxed)
  }
}
