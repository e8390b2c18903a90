import CLinux
import Glibc

/// Takes hold of `thread` without stopping it; threads and processes it makes are held too.
///
/// The corresponding C function is `ptrace` with `PTRACE_SEIZE`.
///
/// - Throws: `.notPermitted` when another traces it, or for lack of privilege;
///   `.noSuchProcess` when it is gone; `.interrupted` when that took longer than
///   ``beginSeizing()`` allows, and it may be seized or not.
package func seize(_ thread: ProcessID) throws(Errno) { try check(clinux_ptrace_seize(thread)) }

/// Has ``seize(_:)`` give up after 20 ms: its process may be waiting for us.
///
/// The corresponding C function is `setitimer`.
package func beginSeizing() { _ = clinux_begin_seizing() }

/// Ends what ``beginSeizing()`` began.
///
/// The corresponding C function is `setitimer`.
package func endSeizing() { _ = clinux_end_seizing() }

/// Ends this process by SIGKILL after `time`, whatever it is doing then; nil takes that back.
///
/// The corresponding C function is `timer_settime`.
package func die(after time: Duration?) {
  guard let time else { return _ = clinux_die_in(0) }
  let (seconds, attoseconds) = time.components
  _ = clinux_die_in(max(1, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
}

/// Asks a seized thread to stop; ``nextStop()`` says when it has.
///
/// The corresponding C function is `ptrace` with `PTRACE_INTERRUPT`.
///
/// - Throws: `.noSuchProcess` when it is gone.
package func interrupt(_ thread: ProcessID) throws(Errno) {
  try check(clinux_ptrace_interrupt(thread))
}

/// Lets go of a stopped thread, which goes on, or stays stopped if a user had stopped it.
///
/// The corresponding C function is `ptrace` with `PTRACE_DETACH`.
///
/// - Parameters:
///   - thread: Must be stopped.
///   - signal: Delivered to it; 0 for none.
/// - Throws: `.noSuchProcess` when it is gone or not stopped.
package func detach(_ thread: ProcessID, delivering signal: CInt) throws(Errno) {
  try check(clinux_ptrace_detach(thread, signal))
}

/// What became of a seized thread.
package enum ThreadStop: Hashable, Sendable {
  /// It is gone.
  case ended(ProcessID)
  /// It stands still; `signal`, unless 0, waits to be delivered.
  case stopped(ProcessID, signal: CInt)
  /// It stands still and has just made `child`, which is seized too and will stop.
  case cloned(ProcessID, child: ProcessID)
  /// It stands still at the beginning of a new program; `former` was its number, and no other
  /// thread of the process is left.
  case executed(ProcessID, former: ProcessID)
}

/// The next news of a seized thread; nil when there is none yet.
///
/// The corresponding C function is `waitpid` with `__WALL` and `WNOHANG`.
package func nextStop() -> ThreadStop? {
  var stop = clinux_stop()
  guard clinux_next_stop(&stop) == 1 else { return nil }
  var message: UInt = 0
  switch UInt32(stop.kind) {
  case CLINUX_ENDED.rawValue:
    return .ended(stop.thread)
  case CLINUX_CLONED.rawValue:
    _ = clinux_ptrace_event_message(stop.thread, &message)
    return .cloned(stop.thread, child: ProcessID(truncatingIfNeeded: message))
  case CLINUX_EXECUTED.rawValue:
    _ = clinux_ptrace_event_message(stop.thread, &message)
    return .executed(stop.thread, former: ProcessID(truncatingIfNeeded: message))
  default:
    return .stopped(stop.thread, signal: stop.signal)
  }
}

extension ProcessTable {
  /// Whether a thread that was interrupted sits in a system call that changes no file, such as
  /// `fsync`, or `vfork` whose child has not yet gone on: it stops at the end of that call.
  package func isInHarmlessCall(_ thread: ProcessID) -> Bool {
    systemCall(of: thread).map { clinux_cannot_write($0) == 1 } ?? false
  }

  /// Whether a thread may be in the middle of opening a file.
  package func mayBeOpening(_ thread: ProcessID) -> Bool {
    systemCall(of: thread).map { clinux_opens($0) == 1 } ?? true
  }

  // The number; nil while the thread is running, in a call or not.
  private func systemCall(of thread: ProcessID) -> Int? {
    withText(of: ProcessPath(thread, "syscall")) { text in
      var number = 0
      for byte in text {
        if byte == UInt8(ascii: " ") { return number }
        // Other text is "running", or "-1" outside of system calls.
        guard (0x30...0x39).contains(byte) else { return byte == UInt8(ascii: "-") ? -1 : nil }
        number = number * 10 + Int(byte - 0x30)
      }
      return number
    }
  }
}

private func check(_ result: CInt) throws(Errno) {
  if result < 0 { throw Errno(rawValue: -result) }
}
