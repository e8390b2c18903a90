import Machine

/// Shows of writers that couldn't be held that they slept from one moment to another: a thread
/// that ran was switched out again, or is still running.
struct SleepWitness {
  private var sleepers: [ProcessID: [ProcessID: UInt64]] = [:]
  private let table: ProcessTable

  init(table: ProcessTable) { self.table = table }

  /// Begins to watch `process`; every later call of ``slept(_:)`` looks back to this one.
  mutating func watch(_ process: ProcessID) { sleepers[process] = sleep(of: process) }

  mutating func forgetAll() { sleepers = [:] }

  /// Whether no thread of `process` ran since ``watch(_:)``; false for one that wasn't watched.
  func slept(_ process: ProcessID) -> Bool {
    guard let before = sleepers[process], let after = sleep(of: process) else { return false }
    return before == after
  }

  // How often each thread was switched out; nil when one runs or may just be about to. A thread
  // in a state other than these may be in the middle of a write.
  private func sleep(of process: ProcessID) -> [ProcessID: UInt64]? {
    var threads: [ProcessID] = []
    table.listThreads(of: process, into: &threads)
    var switches: [ProcessID: UInt64] = [:]
    for thread in threads {
      guard let status = table.status(of: process, thread: thread) else { return nil }
      guard "STtIZ".utf8.contains(status.state) else { return nil }
      switches[thread] = status.switches
    }
    return switches
  }
}
