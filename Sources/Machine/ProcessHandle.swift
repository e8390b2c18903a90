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
}

/// Waits until our child `process` has ended.
///
/// The corresponding C function is `waitpid`.
package func reap(_ process: ProcessID) { _ = clinux_wait(process) }
