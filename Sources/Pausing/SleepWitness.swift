import Machine

/// Shows of writers that couldn't be held that they slept from one moment to another.
struct SleepWitness {
  private var sleepers: [ProcessID: SleepMark] = [:]
  private let table: ProcessTable

  init(table: ProcessTable) { self.table = table }

  /// Begins to watch `process`; every later call of ``slept(_:)`` looks back to this one.
  mutating func watch(_ process: ProcessID) { sleepers[process] = mark(of: process) }

  mutating func forgetAll() { sleepers = [:] }

  /// Whether no thread of `process` ran since ``watch(_:)``; false for one that wasn't watched.
  func slept(_ process: ProcessID) -> Bool {
    guard let before = sleepers[process], let after = mark(of: process) else { return false }
    return before == after
  }

  private func mark(of process: ProcessID) -> SleepMark? {
    var threads: [ProcessID] = []
    return table.sleepMark(of: process, threads: &threads)
  }
}
