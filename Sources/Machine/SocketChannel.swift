import Glibc

/// One end of a connection between two processes that carries messages of any length.
///
///     length               bytes
///     UInt32, little-endian
package struct SocketChannel: ~Copyable, Sendable {
  private let descriptor: Descriptor

  package init(adopting descriptor: consuming Descriptor) { self.descriptor = descriptor }

  /// Makes both ends.
  ///
  /// The corresponding C function is `socketpair`.
  ///
  /// - Parameter body: Gets our end and, to pass on, the raw other one, which is closed after it.
  /// - Returns: What `body` returned.
  /// - Throws: ``SystemCallError``, or what `body` threw.
  package static func withPair<Value: ~Copyable>(
    _ body: (consuming SocketChannel, CInt) throws -> Value
  ) throws -> Value {
    var ends: [CInt] = [-1, -1]
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    try systemCall("socketpair", "") { socketpair(AF_UNIX, type, 0, &ends) }
    let theirs = Descriptor(adopting: ends[1])
    return try body(SocketChannel(adopting: Descriptor(adopting: ends[0])), theirs.raw)
  }

  /// To be polled.
  package var raw: CInt { descriptor.raw }

  /// Sends a message; waits while the other end is slow.
  ///
  /// - Throws: ``SystemCallError``, `.brokenPipe` when the other end is gone.
  package borrowing func send(_ message: [UInt8]) throws(SystemCallError) {
    let length = UInt32(message.count)
    var bytes = (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    bytes += message
    let raw = descriptor.raw
    var sent = 0
    while sent < bytes.count {
      sent += try systemCall("send", "") {
        bytes.withUnsafeBytes {
          Glibc.send(
            raw,
            $0.baseAddress?.advanced(by: sent),
            $0.count - sent,
            CInt(MSG_NOSIGNAL)
          )
        }
      }
    }
  }

  /// Receives the next message, waiting for it; nil when the other end is gone.
  ///
  /// - Throws: ``SystemCallError``.
  package borrowing func receive() throws(SystemCallError) -> [UInt8]? {
    guard let header = try receive(count: 4) else { return nil }
    let length = (0..<4).reduce(0) { $0 | Int(header[$1]) << (8 * $1) }
    return try receive(count: length)
  }

  private borrowing func receive(count: Int) throws(SystemCallError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let raw = descriptor.raw
    var received = 0
    while received < count {
      let got = try systemCall("recv", "") {
        bytes.withUnsafeMutableBytes {
          recv(raw, $0.baseAddress?.advanced(by: received), count - received, 0)
        }
      }
      if got == 0 { return nil }
      received += got
    }
    return bytes
  }
}
