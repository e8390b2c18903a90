import CLinux
import Glibc
import Synchronization

/// Runs a program with nothing on standard input while `body` reads what it writes.
///
/// A program that hasn't ended by itself is killed when `body` has ended.
///
/// - Parameters:
///   - words: The program, looked up in `PATH`, and its arguments; not empty.
///   - onComplaint: Called with each line that it writes to standard error, on another thread.
///   - body: Reads; the stream's end is the program's good end.
/// - Returns: What `body` returns.
/// - Throws: ``CommandError`` when it can't be started, what `body` throws.
package func withProgramOutput<Value>(
  of words: [[UInt8]],
  onComplaint: @escaping @Sendable ([UInt8]) -> Void,
  _ body: (ProgramStream) throws -> Value
) throws -> Value {
  precondition(!words.isEmpty, "a command has a name")
  // Arguments may hold secrets: they aren't said.
  let command = Command(String(decoding: words[0], as: UTF8.self))
  let stream: ProgramStream
  let complaints: LineReader
  do {
    (stream, complaints) = try ProgramStream.start(words, command)
  } catch {
    throw CommandError(command: command, reason: .notStarted(error))
  }
  let thread = WorkerThreads()
  thread.start { complaints.run(onComplaint) }
  defer {
    stream.kill()
    complaints.finish()
    thread.join()
  }
  return try body(stream)
}

/// What a running program writes to standard output.
package final class ProgramStream: ByteStream {
  private let command: Command
  private let output: SharedDescriptor
  /// Nil once the program has ended.
  private let process: Mutex<pid_t?>

  private init(_ command: Command, _ output: SharedDescriptor, _ process: pid_t) {
    self.command = command
    self.output = output
    self.process = Mutex(process)
  }

  fileprivate static func start(
    _ words: [[UInt8]],
    _ command: Command
  ) throws -> (ProgramStream, LineReader) {
    let output = try Pipe()
    let error = try Pipe()
    let null = SharedDescriptor(try Descriptor.open("/dev/null", O_RDONLY))
    // The program's ends are closed here once it has them.
    let process = try withExtendedLifetime((null, output, error)) {
      try spawnProgram(
        words,
        input: null.raw,
        output: output.writing.raw,
        error: error.writing.raw
      )
    }
    return (ProgramStream(command, output.reading, process), LineReader(error.reading))
  }

  /// Reads what the program writes; at the end waits until it has ended.
  ///
  /// - Throws: ``CommandError`` when it ended badly, ``SystemCallError``, ``Interrupted``.
  package func read(
    into buffer: UnsafeMutableRawBufferPointer,
    _ interruption: Interruption
  ) throws -> Int {
    let count = try readWaiting(output.raw, FilePath(command.tool), into: buffer, interruption)
    if count > 0 { return count }
    let pause = StopSignal()
    while true {
      switch wait(WNOHANG) {
      case .running:
        try interruption.check()
        _ = pause.wait(for: .milliseconds(10))
      case .ended(let status):
        try check(status)
        return 0
      case .told:
        return 0
      }
    }
  }

  /// Ends the program, if it runs.
  fileprivate func kill() {
    process.withLock { process in
      if let process { _ = Glibc.kill(process, SIGKILL) }
    }
    _ = wait(0)
  }

  private enum State {
    case running
    case ended(status: CInt)
    /// It ended, and how was told before.
    case told
  }

  private func wait(_ options: CInt) -> State {
    process.withLock { process in
      guard let running = process else { return .told }
      var status: CInt = 0
      var result: pid_t
      repeat { result = waitpid(running, &status, options) } while result == -1 && errno == EINTR
      if result == 0 { return .running }
      process = nil
      return .ended(status: status)
    }
  }

  private func check(_ status: CInt) throws(CommandError) {
    if status & 0x7f != 0 {
      throw CommandError(command: command, reason: .signalled(status & 0x7f))
    }
    let code = status >> 8 & 0xff
    if code != 0 { throw CommandError(command: command, reason: .exited(status: code)) }
  }
}

/// Two ends of a pipe, closed when the last use is gone.
private struct Pipe {
  let reading: SharedDescriptor
  let writing: SharedDescriptor

  init() throws {
    var ends: [CInt] = [-1, -1]
    try kernelCall("pipe2", "") { clinux_pipe(&ends) }
    reading = SharedDescriptor(Descriptor(adopting: ends[0]))
    writing = SharedDescriptor(Descriptor(adopting: ends[1]))
  }
}

/// Reads lines until nobody can write any more, or nobody waits for them.
private final class LineReader: Sendable {
  private let source: SharedDescriptor
  private let isOver = Atomic(false)

  init(_ source: SharedDescriptor) { self.source = source }

  /// Says that what is there now is all that counts: what the program left running may keep
  /// the pipe open.
  func finish() { isOver.store(true, ordering: .releasing) }

  func run(_ each: ([UInt8]) -> Void) {
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 12)
    // No more than a pipe holds.
    var readsLeft = 16
    while readsLeft > 0, waitForBytes() {
      if isOver.load(ordering: .acquiring) { readsLeft -= 1 }
      let count = Glibc.read(source.raw, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      for byte in buffer[..<count] {
        if byte == 0x0a || line.count == 1 << 16 {
          each(line)
          line = []
        }
        if byte != 0x0a { line.append(byte) }
      }
    }
    if !line.isEmpty { each(line) }
  }

  /// Whether something can be read; false when nothing is there and nobody waits.
  private func waitForBytes() -> Bool {
    while true {
      let isLast = isOver.load(ordering: .acquiring)
      var waiting = pollfd(fd: source.raw, events: Int16(POLLIN), revents: 0)
      if poll(&waiting, 1, isLast ? 0 : 100) > 0 { return true }
      if isLast { return false }
    }
  }
}
