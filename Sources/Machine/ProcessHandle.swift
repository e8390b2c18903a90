import CLinux

/// A process that is still the same one however often its number is used again.
package struct ProcessHandle: ~Copyable, Sendable {
  private let descriptor: Descriptor

  /// Takes hold of the process that has this number now.
  ///
  /// The corresponding C function is `pidfd_open`.
  ///
  /// - Throws: ``SystemCallError``, `.noSuchProcess` when there is none.
  package init(_ process: ProcessID) throws(SystemCallError) {
    let raw = try kernelCall("pidfd_open", FilePath("\(process)")) { clinux_pidfd_open(process) }
    descriptor = Descriptor(adopting: raw)
  }

  /// Readable once the process has ended.
  package var raw: CInt { descriptor.raw }

  /// Ends the process, unless it has ended.
  ///
  /// The corresponding C function is `pidfd_send_signal`.
  package borrowing func kill() { _ = clinux_pidfd_kill(descriptor.raw) }

  /// Sends a signal to the process, unless it has ended.
  ///
  /// The corresponding C function is `pidfd_send_signal`.
  package borrowing func send(_ signal: CInt) { _ = clinux_pidfd_signal(descriptor.raw, signal) }
}

/// Waits until our child `process` has ended.
///
/// The corresponding C function is `waitpid`.
///
/// - Returns: Its exit status, or 128 and the signal that ended it.
@discardableResult
package func reap(_ process: ProcessID) -> CInt { clinux_wait(process) }
