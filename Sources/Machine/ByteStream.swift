import Glibc

/// Bytes that come once and in order, and nobody knows how many.
package protocol ByteStream: Sendable {
  /// Waits for bytes and reads some.
  ///
  /// - Parameters:
  ///   - buffer: Not empty.
  ///   - interruption: Ends the wait.
  /// - Returns: How many were read; 0 at the end.
  /// - Throws: ``SystemCallError``, ``Interrupted``, or why the bytes are not all there are.
  func read(into buffer: UnsafeMutableRawBufferPointer, _ interruption: Interruption) throws -> Int
}

/// What this process's standard input holds.
package struct StandardInputStream: ByteStream {
  package init() {}

  package func read(
    into buffer: UnsafeMutableRawBufferPointer,
    _ interruption: Interruption
  ) throws -> Int {
    try readWaiting(0, "standard input", into: buffer, interruption)
  }
}

/// Reads some bytes from what may be slow to bring them.
func readWaiting(
  _ descriptor: CInt,
  _ subject: FilePath,
  into buffer: UnsafeMutableRawBufferPointer,
  _ interruption: Interruption
) throws -> Int {
  try waitForInput(descriptor, interruption)
  return try systemCall("read", subject) {
    Glibc.read(descriptor, buffer.baseAddress, buffer.count)
  }
}
