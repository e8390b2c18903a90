import CLinux
import Glibc

/// Runs external programs for real, with `LC_ALL=C` and nothing on standard input.
package struct SystemCommandRunner: CommandRunner {
  /// In bytes.
  package var outputMax = 1 << 24
  /// Of standard error only the end is kept, in bytes.
  package var errorMax = 1 << 14
  /// After so long the program is killed, and what it started with it; nil waits for ever.
  package var lengthMax: Duration?

  package init() {}

  @discardableResult
  package func run(_ command: Command) throws(CommandError) -> [UInt8] {
    let output: Pipe
    let error: Pipe
    let process: pid_t
    do {
      output = try Pipe()
      error = try Pipe()
      process = try spawn(command, output: output.writing, error: error.writing)
    } catch {
      throw CommandError(command: command, reason: .notStarted(error))
    }
    output.closeWriting()
    error.closeWriting()
    let collected = collect(output: output.reading, error: error.reading, of: process)
    // When too much was written, closing our ends makes the program end by SIGPIPE or EPIPE.
    output.closeReading()
    error.closeReading()
    let status = collected.status ?? wait(for: process)
    let text = String(decoding: collected.error, as: UTF8.self)
    if collected.isLate, let lengthMax {
      throw CommandError(command: command, reason: .late(lengthMax), standardError: text)
    }
    if collected.isCut { throw CommandError(command: command, reason: .tooMuchOutput) }
    if status & 0x7f != 0 {
      throw CommandError(command: command, reason: .signalled(status & 0x7f), standardError: text)
    }
    if status >> 8 & 0xff != 0 {
      let reason = CommandError.Reason.exited(status: status >> 8 & 0xff)
      throw CommandError(command: command, reason: reason, standardError: text)
    }
    return collected.output
  }

  private func spawn(_ command: Command, output: CInt, error: CInt) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, error, 2)

    // We ignore SIGPIPE, the keeper more, and may block others; the program must not inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for number in [SIGPIPE, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2] {
      sigaddset(&signals, number)
    }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    // Who may be killed leads a group, so that its children can be found.
    if lengthMax != nil { flags |= POSIX_SPAWN_SETPGROUP }
    // Nor that the keeper goes before everybody.
    if sched_getscheduler(0) == SCHED_RR {
      var parameter = sched_param(sched_priority: 0)
      posix_spawnattr_setschedparam(&attributes, &parameter)
      posix_spawnattr_setschedpolicy(&attributes, SCHED_OTHER)
      flags |= POSIX_SPAWN_SETSCHEDULER
    }
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var process = pid_t()
    let code = withCStrings([command.tool] + command.arguments) { arguments in
      withCStrings(environmentInC()) { environment in
        posix_spawnp(&process, command.tool, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else {
      throw SystemCallError(
        call: "posix_spawn",
        subject: FilePath(command.tool),
        errno: Errno(rawValue: code)
      )
    }
    return process
  }

  private struct Collected {
    var output: [UInt8] = []
    var error: [UInt8] = []
    var isCut = false
    var isLate = false
    /// How the program ended, once that is known.
    var status: CInt?
  }

  /// Reads both pipes, so that neither fills up and blocks the program.
  ///
  /// It reads to their ends, or where the program's time is limited, until that ends: what it leaves in
  /// the background may keep the pipes.
  private func collect(output: CInt, error: CInt, of process: pid_t) -> Collected {
    var collected = Collected()
    var end = lengthMax.map { ContinuousClock.now.advanced(by: $0) }
    var waiting = [
      pollfd(fd: output, events: Int16(POLLIN), revents: 0),
      pollfd(fd: error, events: Int16(POLLIN), revents: 0),
    ]
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while end != nil || waiting.contains(where: { $0.fd >= 0 }) {
      if end != nil, collected.status == nil {
        collected.status = statusIfEnded(process)
        // What it wrote is there; what it left in the background may go on writing.
        if collected.status != nil { end = ContinuousClock.now.advanced(by: .milliseconds(100)) }
      }
      let isOver = collected.status != nil
      let ready = poll(&waiting, 2, isOver ? 0 : end.map(Self.milliseconds(until:)) ?? -1)
      if ready < 0 && errno != EINTR { return collected }
      if let end, isOver, ready <= 0 || ContinuousClock.now >= end { return collected }
      if let end, !isOver, ContinuousClock.now >= end {
        collected.isLate = true
        kill(-process, SIGKILL)
        return collected
      }
      for index in waiting.indices where waiting[index].revents != 0 {
        waiting[index].revents = 0
        let count = read(waiting[index].fd, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 {
          waiting[index].fd = -1  // poll passes over negative numbers.
        } else if index == 0 {
          collected.output += buffer[..<count]
        } else {
          collected.error += buffer[..<count]
        }
      }
      collected.error = collected.error.suffix(errorMax)
      if collected.output.count > outputMax {
        collected.isCut = true
        return collected
      }
    }
    return collected
  }

  /// How long to wait for the pipes before looking whether the program has ended.
  private static func milliseconds(until end: ContinuousClock.Instant) -> CInt {
    let left = max(.zero, ContinuousClock.now.duration(to: end))
    return min(left, .milliseconds(5)) == left ? 1 : 5
  }

  private func statusIfEnded(_ process: pid_t) -> CInt? {
    var status: CInt = 0
    return waitpid(process, &status, WNOHANG) == process ? status : nil
  }

  private func wait(for process: pid_t) -> CInt {
    var status: CInt = 0
    while waitpid(process, &status, 0) == -1 && errno == EINTR {}
    return status
  }
}

/// Two ends of a pipe, closed when the last use is gone.
private final class Pipe {
  private(set) var reading: CInt
  private(set) var writing: CInt

  init() throws {
    var ends: [CInt] = [-1, -1]
    try kernelCall("pipe2", "") { clinux_pipe(&ends) }
    reading = ends[0]
    writing = ends[1]
  }

  func closeReading() {
    if reading >= 0 { _ = close(reading) }
    reading = -1
  }

  func closeWriting() {
    if writing >= 0 { _ = close(writing) }
    writing = -1
  }

  deinit {
    closeReading()
    closeWriting()
  }
}

/// Our environment with the language of messages set to what programs can parse.
///
/// LVM is not to complain about descriptors that our caller left open.
private func environmentInC() -> [String] {
  var variables: [String] = []
  var next = environ
  while let variable = next.pointee {
    let text = String(cString: variable)
    if !text.hasPrefix("LC_ALL=") && !text.hasPrefix("LVM_SUPPRESS_FD_WARNINGS=") {
      variables.append(text)
    }
    next += 1
  }
  return variables + ["LC_ALL=C", "LVM_SUPPRESS_FD_WARNINGS=1"]
}

/// Calls `body` with `strings` as C wants them, closed by a null pointer.
func withCStrings<Value>(
  _ strings: [String],
  _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
) -> Value {
  var copies = strings.map { strdup($0) }
  copies.append(nil)
  defer { for copy in copies { free(copy) } }
  return body(copies)
}
