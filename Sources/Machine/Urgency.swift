import CLinux

/// Runs `body` before everything else that this machine has to do, where we may: for the
/// milliseconds in which others wait for us.
///
/// Only the calling thread; the body starts no others. The corresponding C function is
/// `sched_setscheduler`.
package func urgently<Value>(_ body: () throws -> Value) rethrows -> Value {
  try urgently { _ in try body() }
}

/// The same for a body that must know whether everything else waits for it: then it mustn't be busy
/// for long.
package func urgently<Value>(_ body: (_ isUrgent: Bool) throws -> Value) rethrows -> Value {
  let isFirst = clinux_begin_urgency() == 0
  defer { if isFirst { _ = clinux_end_urgency() } }
  return try body(isFirst)
}
