import Glibc

/// Asks the person at the terminal for a line that is not shown while it is typed.
///
/// Question and answer go through the process's terminal, so standard output stays clean.
///
/// - Parameters:
///   - question: Written without a line end.
///   - interruption: Ends the wait.
/// - Returns: The line without its end.
/// - Throws: ``SystemCallError``, among others when there is no terminal; ``Interrupted``.
package func askSecret(_ question: String, _ interruption: Interruption) throws -> [UInt8] {
  let path: FilePath = "/dev/tty"
  let terminal = try Descriptor.open(path, O_RDWR | O_NOCTTY)
  var settings = termios()
  try systemCall("tcgetattr", path) { tcgetattr(terminal.raw, &settings) }
  var silent = settings
  silent.c_lflag &= ~UInt32(ECHO)
  try systemCall("tcsetattr", path) { tcsetattr(terminal.raw, TCSAFLUSH, &silent) }
  return try releasing {
    try show(question, on: terminal.raw, path)
    let line = try readLine(terminal.raw, path, interruption)
    try show("\n", on: terminal.raw, path)
    return line
  } release: {
    try systemCall("tcsetattr", path) { tcsetattr(terminal.raw, TCSANOW, &settings) }
  }
}

private func show(_ text: String, on terminal: CInt, _ path: FilePath) throws {
  let bytes = Array(text.utf8)
  try systemCall("write", path) { write(terminal, bytes, bytes.count) }
}

private func readLine(
  _ terminal: CInt,
  _ path: FilePath,
  _ interruption: Interruption
) throws -> [UInt8] {
  var line: [UInt8] = []
  while true {
    try waitForInput(terminal, interruption)
    var byte: UInt8 = 0
    let count = try systemCall("read", path) { read(terminal, &byte, 1) }
    if count == 0 || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return line }
    line.append(byte)
  }
}
