import Glibc

/// A sleep that another thread can end early.
///
/// `@unchecked Sendable`: `isSent` is touched only while `lock` is held.
package final class StopSignal: @unchecked Sendable {
  private var isSent = false
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>

  package init() {
    lock = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(lock)
    changed.deallocate()
    lock.deallocate()
  }

  /// Ends every sleep, now and later.
  package func send() {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    isSent = true
    pthread_cond_broadcast(changed)
  }

  /// Sleeps for `duration` or until ``send()``.
  ///
  /// The corresponding C function is `pthread_cond_timedwait`.
  ///
  /// - Parameter duration: Time that the machine is suspended doesn't count.
  /// - Returns: Whether ``send()`` was called.
  package func wait(for duration: Duration) -> Bool {
    var end = timespec()
    clock_gettime(CLOCK_MONOTONIC, &end)
    let (seconds, attoseconds) = duration.components
    let nanoseconds = Int64(end.tv_nsec) + attoseconds / 1_000_000_000
    end.tv_sec += Int(seconds) + Int(nanoseconds / 1_000_000_000)
    end.tv_nsec = Int(nanoseconds % 1_000_000_000)
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while !isSent {
      if pthread_cond_timedwait(changed, lock, &end) == ETIMEDOUT { break }
    }
    return isSent
  }
}
