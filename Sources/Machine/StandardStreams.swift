import Glibc

/// A stream that every process has from its start.
package enum StandardStream: CInt, Sendable {
  case input = 0
  case output = 1
  case error = 2

  /// Whether a person sits at the other end.
  ///
  /// The corresponding C function is `isatty`.
  package var isTerminal: Bool { isatty(rawValue) == 1 }

  /// How many columns the terminal has; nil when it doesn't say.
  ///
  /// See `ioctl_tty(2)`.
  package var terminalWidth: Int? {
    var size = winsize()
    guard ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Writes all of `bytes`.
  ///
  /// The corresponding C function is `write`.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let result = Glibc.write(rawValue, part.baseAddress, part.count)
      if result >= 0 {
        rest = rest.dropFirst(result)
      } else if errno == EAGAIN {
        // Somebody made the terminal or pipe that we share non-blocking.
        var waiting = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        _ = poll(&waiting, 1, 1000)
      } else if errno != EINTR {
        throw SystemCallError(call: "write", subject: name, errno: Errno(rawValue: errno))
      }
    }
  }

  /// What error messages call the stream.
  private var name: FilePath {
    switch self {
    case .input: "standard input"
    case .output: "standard output"
    case .error: "standard error"
    }
  }
}

/// Opens `/dev/null` for each standard stream that this process was started without, so that no file
/// of ours takes its number and is written to by mistake.
///
/// The corresponding C functions are `fcntl` and `open`.
package func openMissingStandardStreams() {
  // The lowest free number is taken.
  for stream in CInt(0)...2 where fcntl(stream, F_GETFD) == -1 {
    _ = Glibc.open("/dev/null", O_RDWR)
  }
}

/// Reads standard input to its end.
///
/// - Throws: ``SystemCallError``; ``Interrupted`` while waiting for somebody to write.
package func readStandardInput(_ interruption: Interruption) throws -> [UInt8] {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    try waitForInput(0, interruption)
    let count = try systemCall("read", "standard input") { read(0, &buffer, buffer.count) }
    if count == 0 { return bytes }
    bytes += buffer[..<count]
  }
}

/// Reads one line from standard input and no byte more; the line's end is left out.
///
/// - Throws: ``SystemCallError``; ``Interrupted`` while waiting for somebody to write.
package func readStandardInputLine(_ interruption: Interruption) throws -> [UInt8] {
  var line: [UInt8] = []
  while true {
    try waitForInput(0, interruption)
    var byte: UInt8 = 0
    let count = try systemCall("read", "standard input") { read(0, &byte, 1) }
    if count == 0 || byte == UInt8(ascii: "\n") { return line }
    line.append(byte)
  }
}

/// Waits until `descriptor` has something to read, or has ended.
///
/// - Throws: ``Interrupted``, within a tenth of a second.
func waitForInput(_ descriptor: CInt, _ interruption: Interruption) throws(Interrupted) {
  var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  repeat {
    try interruption.check()
  } while poll(&waiting, 1, 100) <= 0
}

/// Reads the file at `path`, or whatever else can be read there.
///
/// The corresponding C functions are `open` and `read`.
package func readWholeFile(_ path: FilePath) throws(SystemCallError) -> [UInt8] {
  let file = try Descriptor.open(path)
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = try systemCall("read", path) { read(file.raw, &buffer, buffer.count) }
    if count == 0 { return bytes }
    bytes += buffer[..<count]
  }
}
