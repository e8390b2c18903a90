import CLinux
import Glibc

/// A program that is asked on its standard input and answers on its standard output.
///
/// Its input ends when we do, however that happens: a client of a database then ends its session.
/// One thread at a time uses it.
///
/// `@unchecked Sendable`: see above.
package final class ConversingProgram: @unchecked Sendable {
  private let command: Command
  private let input: SharedDescriptor
  private let output: SharedDescriptor
  private let error: SharedDescriptor
  private var process: pid_t?
  /// What was read and not yet taken.
  private var rest: [UInt8] = []
  private var complaints: [UInt8] = []

  /// Starts a program, with `LC_ALL=C`.
  ///
  /// - Throws: ``CommandError``.
  package init(_ command: Command) throws(CommandError) {
    self.command = command
    do {
      let (ours, theirs) = (try Self.pipe(), try Self.pipe())
      let errors = try Self.pipe()
      input = ours.writing
      output = theirs.reading
      error = errors.reading
      let words = (["env", "LC_ALL=C", command.tool] + command.arguments).map { Array($0.utf8) }
      process = try withExtendedLifetime((ours, theirs, errors)) {
        try spawnProgram(
          words,
          input: ours.reading.raw,
          output: theirs.writing.raw,
          error: errors.writing.raw
        )
      }
    } catch {
      throw CommandError(command: command, reason: .notStarted(error))
    }
  }

  deinit { finish() }

  private static func pipe() throws -> (reading: SharedDescriptor, writing: SharedDescriptor) {
    var ends: [CInt] = [-1, -1]
    try kernelCall("pipe2", "") { clinux_pipe(&ends) }
    return (
      SharedDescriptor(Descriptor(adopting: ends[0])),
      SharedDescriptor(Descriptor(adopting: ends[1]))
    )
  }

  /// Asks, and returns the lines of the answer.
  ///
  /// - Parameters:
  ///   - question: Lines; the last of them makes the program answer with `end`.
  ///   - end: The line that ends the answer.
  ///   - deadline: Later than that nothing is waited for.
  /// - Returns: The lines before `end`.
  /// - Throws: ``CommandError`` with what it complained of when it ended or is late.
  package func ask(
    _ question: String,
    until end: String,
    _ deadline: ContinuousClock.Instant
  ) throws(CommandError) -> [String] {
    try send(question)
    var lines: [String] = []
    while true {
      while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: rest[..<newline], as: UTF8.self)
        rest.removeSubrange(...newline)
        if line == end { return lines }
        lines.append(line)
      }
      try readMore(deadline)
    }
  }

  private func send(_ question: String) throws(CommandError) {
    var bytes = Array((question + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(input.raw, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Reads what there is, once there is something.
  private func readMore(_ deadline: ContinuousClock.Instant) throws(CommandError) {
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .zero else {
      throw CommandError(command: command, reason: .late(.zero), standardError: complaint)
    }
    let ready = waitUntilReadable([output.raw, error.raw], timeout: left)
    if ready[1] { _ = read(error, into: &complaints) }
    if ready[0], read(output, into: &rest) == 0 { throw failure() }
  }

  private func read(_ descriptor: SharedDescriptor, into bytes: inout [UInt8]) -> Int {
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    let count = Glibc.read(descriptor.raw, &buffer, buffer.count)
    if count > 0 { bytes += buffer[..<count] }
    return count
  }

  private var complaint: String { String(decoding: complaints.suffix(1 << 12), as: UTF8.self) }

  /// What to say of a program that no longer answers.
  private func failure() -> CommandError {
    while waitUntilReadable([error.raw], timeout: .zero)[0], read(error, into: &complaints) > 0 {}
    let status = process.map { reap($0) } ?? 0
    process = nil
    let reason = CommandError.Reason.exited(status: status)
    return CommandError(command: command, reason: reason, standardError: complaint)
  }

  /// Ends the program; twice is not an error.
  package func finish() {
    guard let process else { return }
    // It may be in the middle of something that it would wait for.
    kill(process, SIGTERM)
    reap(process)
    self.process = nil
  }
}
