import CLinux

/// Runs `body` before everything else that this machine has to do, where we may: for the
/// milliseconds in which others wait for us.
///
/// Only the calling thread; the body starts no others. The corresponding C function is
/// `sched_setscheduler`.
package func urgently<Value>(_ body: () throws -> Value) rethrows -> Value {
  let isFirst = clinux_begin_urgency() == 0
  defer { if isFirst { _ = clinux_end_urgency() } }
  return try body()
}
