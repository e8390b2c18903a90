package import Machine
import Synchronization

/// Runs `body` for every item, on up to `threads` threads of its own, and waits for all.
///
/// - Parameters:
///   - items: Begun in this order.
///   - threads: At least 1.
///   - interruption: Asked before every item.
///   - body: After it threw once, no further item is begun.
/// - Throws: What `body` threw first, or ``Interrupted``.
package func inParallel<Item: Sendable>(
  _ items: [Item],
  threads: Int,
  interruption: Interruption? = nil,
  _ body: @escaping @Sendable (Item) throws -> Void
) throws {
  let work = ParallelWork(items)
  if threads <= 1 || items.count <= 1 {
    work.run(interruption, body)
  } else {
    let workers = WorkerThreads()
    for _ in 0..<min(threads, items.count) { workers.start { work.run(interruption, body) } }
    workers.join()
  }
  try work.throwFailure()
}

/// Items that threads take one by one, and the first error.
private final class ParallelWork<Item: Sendable>: Sendable {
  private let items: [Item]
  private let next = Atomic(0)
  private let failure = Mutex<(any Error)?>(nil)

  init(_ items: [Item]) { self.items = items }

  func run(_ interruption: Interruption?, _ body: (Item) throws -> Void) {
    while true {
      let position = next.add(1, ordering: .relaxed).oldValue
      guard position < items.count else { return }
      do {
        try interruption?.check()
        try body(items[position])
      } catch {
        next.store(items.count, ordering: .relaxed)
        failure.withLock { $0 = $0 ?? error }
        return
      }
    }
  }

  func throwFailure() throws {
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
