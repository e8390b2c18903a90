import CLinux
import Glibc

/// Starts `program` with everything that this process was started with, and `passed` open besides.
///
/// The corresponding C function is `posix_spawn`.
///
/// - Parameters:
///   - program: Its path.
///   - arguments: The command line, beginning with a name of the program.
///   - passed: Descriptors that the program gets, with the same numbers.
///   - signals: What it ignores it has to ignore itself; see ``ignoreSignals(_:)``.
/// - Returns: The child, to be reaped.
/// - Throws: ``SystemCallError``.
package func spawnGuest(
  _ program: FilePath,
  arguments: [String],
  passing passed: Set<CInt>,
  signals: InheritedSignals
) throws(SystemCallError) -> ProcessID {
  var strings: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
  strings.append(nil)
  defer { for string in strings { free(string) } }
  let numbers = Array(passed)
  return try kernelCall("posix_spawn", program) {
    program.withPlatformString {
      clinux_spawn_guest($0, strings, numbers, CInt(numbers.count), signals.blocked)
    }
  }
}

/// Has `descriptor` closed when this process becomes another program.
///
/// The corresponding C function is `fcntl`.
package func closeOnExecution(_ descriptor: CInt) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

/// Has the kernel end this process when the thread that started it ends.
///
/// That must be the main thread of `parent`: it lives as long as the process. The corresponding C
/// function is `prctl`.
///
/// - Throws: ``SystemCallError``, `.noSuchProcess` when it has ended already.
package func endWithParent(_ parent: ProcessID) throws(SystemCallError) {
  try kernelCall("prctl", "") { clinux_end_with_parent() }
  guard getppid() == parent else {
    throw SystemCallError(call: "getppid", subject: "", errno: .noSuchProcess)
  }
}

/// The corresponding C function is `signal`.
package func ignoreSignals(_ numbers: [CInt]) {
  for number in numbers { signal(number, SIG_IGN) }
}

/// The corresponding C function is `chdir`.
package func changeDirectory(to path: FilePath) throws(SystemCallError) {
  try systemCall("chdir", path) { path.withPlatformString { chdir($0) } }
}

/// Sets a variable of this process, which has one thread.
///
/// The corresponding C function is `setenv`.
package func setEnvironmentVariable(_ name: String, _ value: String) { setenv(name, value, 1) }

/// Becomes another program.
///
/// The corresponding C function is `execvp`.
///
/// - Parameter words: The program, looked up in `PATH`, and its arguments; not empty.
/// - Returns: Why not; otherwise it doesn't return.
package func replaceProcess(by words: [[UInt8]]) -> Errno {
  precondition(!words.isEmpty, "a command has a name")
  var arguments = words.map { word in strdup(word.map { CChar(bitPattern: $0) } + [0]) }
  arguments.append(nil)
  if let program = arguments[0] { execvp(program, arguments) }
  return Errno(rawValue: errno)
}
