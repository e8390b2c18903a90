import DequeModule
import Glibc

/// A queue between two stages of a pipeline that blocks its producers when it is full and its
/// consumers while it is empty.
///
/// `@unchecked Sendable`: every stored property is touched only while `lock` is held.
package final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
  private var elements = Deque<Element>()
  private var weight = 0
  private var isClosed = false
  private var failure: (any Error)?
  private let weightMax: Int
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private let weigh: @Sendable (Element) -> Int

  /// Makes a queue that holds elements while their weights add up to at most `weightMax`.
  ///
  /// An element that alone is heavier passes when the queue is empty.
  ///
  /// - Parameters:
  ///   - weightMax: In elements, or in what `weigh` counts, such as bytes.
  ///   - weigh: The weight of one element; 1 when left out.
  package init(weightMax: Int, weigh: @escaping @Sendable (Element) -> Int = { _ in 1 }) {
    self.weightMax = weightMax
    self.weigh = weigh
    lock = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(lock)
    changed.deallocate()
    lock.deallocate()
  }

  /// Adds `element`, waiting for room.
  ///
  /// - Throws: What ``fail(_:)`` was told.
  package func push(_ element: Element) throws {
    let added = weigh(element)
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while failure == nil, !elements.isEmpty, weight + added > weightMax {
      pthread_cond_wait(changed, lock)
    }
    if let failure { throw failure }
    precondition(!isClosed, "pushed to a closed queue")
    elements.append(element)
    weight += added
    pthread_cond_broadcast(changed)
  }

  /// Removes the oldest element, waiting for one; nil when the queue is closed and empty.
  ///
  /// - Throws: What ``fail(_:)`` was told.
  package func pop() throws -> Element? {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while failure == nil, elements.isEmpty, !isClosed { pthread_cond_wait(changed, lock) }
    if let failure { throw failure }
    guard let element = elements.popFirst() else { return nil }
    weight -= weigh(element)
    pthread_cond_broadcast(changed)
    return element
  }

  /// Says that nothing more comes; consumers get what is left, then nil.
  package func close() {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    isClosed = true
    pthread_cond_broadcast(changed)
  }

  /// Makes every waiting and later call throw an error.
  ///
  /// The first error stays.
  ///
  /// - Parameter error: What they throw.
  package func fail(_ error: any Error) {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    if failure == nil { failure = error }
    elements.removeAll()
    weight = 0
    pthread_cond_broadcast(changed)
  }
}
