/// Nonces that nobody can predict, taken from the system many at a time.
struct NonceSource {
  private static let size = 16
  private var bytes: [UInt8] = []
  private var position = 0

  /// Writes the next one, which is never zero.
  mutating func next(into nonce: UnsafeMutableRawBufferPointer) {
    precondition(nonce.count == Self.size, "a nonce has 16 bytes")
    repeat {
      if position == bytes.count { (bytes, position) = (randomBytes(256 * Self.size), 0) }
      nonce.copyBytes(from: bytes[position..<position + Self.size])
      position += Self.size
    } while nonce.allSatisfy { $0 == 0 }
  }
}
