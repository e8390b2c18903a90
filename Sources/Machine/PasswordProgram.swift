import CLinux
import Glibc

/// Runs a program that prints a secret, with our environment, terminal and standard error.
///
/// Other than ``SystemCommandRunner`` it changes nothing about the program's world: it may ask
/// the person for something, and its messages are the person's to read.
///
/// - Parameters:
///   - words: The program, looked up in `PATH`, and its arguments; not empty.
///   - outputMax: In bytes.
/// - Returns: What it wrote to standard output.
/// - Throws: ``CommandError``, without the arguments, which may hold secrets.
package func runForSecret(_ words: [[UInt8]], outputMax: Int = 1 << 20) throws -> [UInt8] {
  precondition(!words.isEmpty, "a command has a name")
  let command = Command(String(decoding: words[0], as: UTF8.self))
  var ends: [CInt] = [-1, -1]
  try kernelCall("pipe2", "") { clinux_pipe(&ends) }
  let reading = Descriptor(adopting: ends[0])
  let writing = Descriptor(adopting: ends[1])
  let process: pid_t
  do {
    process = try spawn(words, output: writing.raw)
  } catch {
    throw CommandError(command: command, reason: .notStarted(error))
  }
  _ = consume writing
  let output = try readSome(reading.raw, outputMax)
  _ = consume reading

  var status: CInt = 0
  while waitpid(process, &status, 0) == -1 && errno == EINTR {}
  guard let output else { throw CommandError(command: command, reason: .tooMuchOutput) }
  if status & 0x7f != 0 {
    throw CommandError(command: command, reason: .signalled(status & 0x7f))
  }
  if status >> 8 & 0xff != 0 {
    throw CommandError(command: command, reason: .exited(status: status >> 8 & 0xff))
  }
  return output
}

/// Reads to the end; nil when there is more than `countMax`.
private func readSome(_ descriptor: CInt, _ countMax: Int) throws(SystemCallError) -> [UInt8]? {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 12)
  while bytes.count <= countMax {
    let count = try systemCall("read", "pipe") { read(descriptor, &buffer, buffer.count) }
    if count == 0 { return bytes }
    bytes += buffer[..<count]
  }
  return nil
}

private func spawn(_ words: [[UInt8]], output: CInt) throws(SystemCallError) -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_adddup2(&actions, output, 1)

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
