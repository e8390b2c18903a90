import Machine
import Synchronization

/// Calls `body` with 0 to `count` - 1, in about this order, on several threads at once.
///
/// - Throws: The first error of `body`, after which no further call begins; ``Interrupted``.
func inParallel(
  _ count: Int,
  workers: Int,
  _ interruption: Interruption,
  _ body: @escaping @Sendable (Int) throws -> Void
) throws {
  let next = Atomic(0)
  let failure = Mutex<(any Error)?>(nil)
  @Sendable func work() {
    do {
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if index >= count { return }
        try interruption.check()
        try body(index)
      }
    } catch {
      next.store(count, ordering: .relaxed)
      failure.withLock { if $0 == nil { $0 = error } }
    }
  }
  let threads = WorkerThreads()
  for _ in 1..<max(1, min(workers, count)) { threads.start { work() } }
  work()
  threads.join()
  if let error = failure.withLock({ $0 }) { throw error }
}
