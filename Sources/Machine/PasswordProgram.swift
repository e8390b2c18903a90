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
    process = try spawnProgram(words, output: writing.raw)
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
