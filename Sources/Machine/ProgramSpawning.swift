import Glibc

/// Starts a program with our environment; what isn't said stays ours.
///
/// - Parameters:
///   - words: The program, looked up in `PATH`, and its arguments; not empty.
///   - input: Its standard input.
///   - output: Its standard output.
///   - error: Its standard error.
/// - Returns: Its process, for `waitpid`.
/// - Throws: ``SystemCallError``.
func spawnProgram(
  _ words: [[UInt8]],
  input: CInt? = nil,
  output: CInt,
  error: CInt? = nil
) throws(SystemCallError) -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  if let input { posix_spawn_file_actions_adddup2(&actions, input, 0) }
  posix_spawn_file_actions_adddup2(&actions, output, 1)
  if let error { posix_spawn_file_actions_adddup2(&actions, error, 2) }

  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var signals = sigset_t()
  sigemptyset(&signals)
  sigaddset(&signals, SIGPIPE)
  sigaddset(&signals, SIGHUP)
  posix_spawnattr_setsigdefault(&attributes, &signals)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

  var arguments = words.map { word in
    strdup(word.map { CChar(bitPattern: $0) } + [0])
  }
  arguments.append(nil)
  defer { for argument in arguments { free(argument) } }
  let name = words[0].map { CChar(bitPattern: $0) } + [0]
  var process = pid_t()
  let code = posix_spawnp(&process, name, &actions, &attributes, arguments, environ)
  guard code == 0 else {
    throw SystemCallError(
      call: "posix_spawn",
      subject: FilePath(bytes: words[0]),
      errno: Errno(rawValue: code)
    )
  }
  return process
}
