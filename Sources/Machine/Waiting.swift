import Glibc

/// Waits until one of `descriptors` has something to read or was hung up, or time is over.
///
/// The corresponding C function is `poll`.
///
/// - Parameters:
///   - descriptors: Negative ones are never ready.
///   - timeout: Nil waits for ever; rounded up to milliseconds.
/// - Returns: Which of them are ready, in the same order.
package func waitUntilReadable(_ descriptors: [CInt], timeout: Duration?) -> [Bool] {
  var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  var milliseconds: CInt = -1
  if let timeout {
    let (seconds, attoseconds) = timeout.components
    let whole =
      max(0, seconds) * 1000 + max(0, attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    milliseconds = CInt(min(whole, Int64(CInt.max)))
  }
  guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else {
    return descriptors.map { _ in false }
  }
  return polled.map { $0.revents != 0 }
}

/// Does nothing for a while, to the microsecond where the thread is urgent.
///
/// The corresponding C function is `clock_nanosleep`.
package func idle(for duration: Duration) {
  let (seconds, attoseconds) = duration.components
  var length = timespec(
    tv_sec: time_t(max(0, seconds)),
    tv_nsec: CLong(max(0, attoseconds) / 1_000_000_000)
  )
  clock_nanosleep(CLOCK_MONOTONIC, 0, &length, nil)
}
