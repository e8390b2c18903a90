import CLinux
import Glibc

/// Signals that are passed on to another program instead of being acted on by this process.
///
/// For a process whose other threads have ended: they would still take them.
package struct TakenSignals: ~Copyable {
  private let descriptor: Descriptor
  private let before: sigset_t

  /// From now on, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2 wait to be taken.
  ///
  /// The corresponding C function is `signalfd`.
  ///
  /// - Throws: ``SystemCallError``.
  package init() throws(SystemCallError) {
    var mask = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &mask)
    before = mask
    let raw = try kernelCall("signalfd", "") { clinux_take_signals() }
    descriptor = Descriptor(adopting: raw)
  }

  deinit {
    var mask = before
    pthread_sigmask(SIG_SETMASK, &mask, nil)
  }

  /// Readable when there is one.
  package var raw: CInt { descriptor.raw }

  /// Passes what has come on to `process`.
  ///
  /// What the terminal sent is dropped: it sent that to its whole foreground group.
  package borrowing func pass(to process: borrowing ProcessHandle) {
    var isSent: CInt = 0
    while true {
      let number = clinux_next_signal(descriptor.raw, &isSent)
      if number == 0 { return }
      if isSent != 0 { process.send(number) }
    }
  }
}
