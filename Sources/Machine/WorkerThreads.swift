import Glibc
import Synchronization

/// Threads of our own for work that blocks or computes: never Swift's cooperative pool.
package final class WorkerThreads {
  private final class Start: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private var threads: [pthread_t] = []

  package init() {}

  /// Starts a thread that runs `body`.
  ///
  /// Its stack is 1 MiB: work that recurses per directory level belongs elsewhere.
  package func start(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, 1 << 20)
    defer { pthread_attr_destroy(&attributes) }
    let start = Unmanaged.passRetained(Start(body))
    let result = pthread_create(&thread, &attributes, Self.entry, start.toOpaque())
    precondition(result == 0, "pthread_create failed with \(result)")
    threads.append(thread)
  }

  /// Waits until every started thread has ended.
  package func join() {
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  deinit { join() }

  // Built outside any actor: a closure made on the main actor traps on another thread.
  private nonisolated static let entry:
    @convention(c) (UnsafeMutableRawPointer?) ->
      UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }
}
