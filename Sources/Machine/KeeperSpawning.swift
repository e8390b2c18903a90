import CLinux
import Glibc

/// Starts `program` in a session of its own, with nothing open but `passed`, as descriptor 3.
///
/// The corresponding C function is `posix_spawn`.
///
/// - Parameters:
///   - program: Its path.
///   - arguments: The command line, beginning with a name of the program.
///   - passed: A descriptor that the program gets; the caller keeps its own.
/// - Returns: The child, to be reaped.
/// - Throws: ``SystemCallError``.
package func spawnKeeper(
  _ program: FilePath,
  arguments: [String],
  passing passed: CInt
) throws(SystemCallError) -> ProcessID {
  var strings: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
  strings.append(nil)
  defer { for string in strings { free(string) } }
  return try kernelCall("posix_spawn", program) {
    program.withPlatformString { clinux_spawn_keeper($0, strings, passed) }
  }
}

/// Makes this process one that outlives what surrounds it: only SIGKILL ends it, its memory is
/// never swapped out, and it runs before others, as far as it has the privileges.
///
/// - Returns: Readable when a traced thread has news; SIGCHLD is blocked.
/// - Throws: ``SystemCallError``.
package func beginKeeping() throws(SystemCallError) -> KeepingSignals {
  let raw = try kernelCall("signalfd", "") { clinux_begin_keeping() }
  // Without privilege both are refused; then the keeper is slower, not wrong.
  _ = mlockall(CInt(MCL_CURRENT) | CInt(MCL_FUTURE))
  _ = clinux_hurry()
  _ = raiseDescriptorLimit(to: .max)
  return KeepingSignals(descriptor: Descriptor(adopting: raw))
}

/// Tells when a traced thread has news.
package struct KeepingSignals: ~Copyable {
  fileprivate let descriptor: Descriptor

  /// Readable when there is news.
  package var raw: CInt { descriptor.raw }

  /// Forgets the news; ``nextStop()`` has them.
  package borrowing func clear() { clinux_drain(descriptor.raw) }
}
