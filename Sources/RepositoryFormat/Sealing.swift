import CCrypto

/// Why sealed bytes couldn't be opened.
package struct SealError: Error, Hashable, CustomStringConvertible {
  package enum Reason: Hashable, Sendable {
    case tooShort, zeroNonce, wrongTag
  }

  package var reason: Reason

  package init(_ reason: Reason) { self.reason = reason }

  package var description: String {
    switch reason {
    case .tooShort: "sealed bytes are too short"
    case .zeroNonce: "sealed bytes have a nonce of zeros"
    case .wrongTag: "sealed bytes were changed, or sealed with another key"
    }
  }
}

/// Encrypts and authenticates byte strings with one key.
///
///     nonce  ciphertext         tag
///     16     as the plaintext   16
///
/// The ciphertext is AES-256-CTR from the nonce on, as a 128-bit big-endian counter; the tag is
/// Poly1305-AES over the ciphertext alone.
///
/// It keeps libcrypto's contexts, so each thread has its own; making one is cheap.
///
/// Source: restic design.rst, "Keys, Encryption and MAC".
package final class Sealer {
  /// How many bytes sealing adds.
  package static let overhead = nonceSize + tagSize
  private static let nonceSize = 16
  private static let tagSize = 16

  /// What is worked on at once stays in the processor's cache from one step to the next.
  private static let pieceSize = 32 << 10

  private let cipher: CounterModeCipher
  private let authenticator: MessageAuthenticator
  private var nonces = NonceSource()
  private let piece = UnsafeMutableRawBufferPointer.allocate(
    byteCount: pieceSize,
    alignment: 64
  )

  package init(_ key: MasterKey) {
    cipher = CounterModeCipher(key: key.encrypt)
    authenticator = MessageAuthenticator(k: key.macK, r: key.macR)
  }

  deinit { piece.deallocate() }

  /// Seals `plaintext` with a new nonce into `sealed`, which is 32 bytes longer.
  package func seal(
    _ plaintext: UnsafeRawBufferPointer,
    into sealed: UnsafeMutableRawBufferPointer
  ) {
    precondition(sealed.count == plaintext.count + Self.overhead, "sealing adds 32 bytes")
    nonces.next(into: UnsafeMutableRawBufferPointer(rebasing: sealed[..<Self.nonceSize]))
    sealAfterNonce(plaintext, into: sealed)
  }

  /// Seals with a nonce of the caller's choice: only for comparing with known results.
  package func seal(
    _ plaintext: UnsafeRawBufferPointer,
    nonce: [UInt8],
    into sealed: UnsafeMutableRawBufferPointer
  ) {
    precondition(nonce.count == Self.nonceSize, "a nonce has 16 bytes")
    precondition(sealed.count == plaintext.count + Self.overhead, "sealing adds 32 bytes")
    sealed.copyBytes(from: nonce)
    sealAfterNonce(plaintext, into: sealed)
  }

  private func sealAfterNonce(
    _ plaintext: UnsafeRawBufferPointer,
    into sealed: UnsafeMutableRawBufferPointer
  ) {
    let tagStart = sealed.count - Self.tagSize
    start(UnsafeRawBufferPointer(sealed))
    Self.forEachPiece(of: plaintext.count) { range in
      let source = UnsafeRawBufferPointer(rebasing: plaintext[range])
      let place = range.lowerBound + Self.nonceSize..<range.upperBound + Self.nonceSize
      let target = UnsafeMutableRawBufferPointer(rebasing: sealed[place])
      cipher.apply(source, into: target)
      authenticator.add(UnsafeRawBufferPointer(target))
      return true
    }
    authenticator.finish(into: UnsafeMutableRawBufferPointer(rebasing: sealed[tagStart...]))
  }

  /// Whether `sealed` can be opened and holds exactly `plaintext`.
  package func isSealed(
    _ plaintext: UnsafeRawBufferPointer,
    in sealed: UnsafeRawBufferPointer
  ) -> Bool {
    guard sealed.count == plaintext.count + Self.overhead else { return false }
    start(sealed)
    let isEqual = Self.forEachPiece(of: plaintext.count) { range in
      let place = range.lowerBound + Self.nonceSize..<range.upperBound + Self.nonceSize
      let source = UnsafeRawBufferPointer(rebasing: sealed[place])
      authenticator.add(source)
      cipher.apply(source, into: piece)
      let expected = UnsafeRawBufferPointer(rebasing: plaintext[range])
      return ccrypto_are_equal(piece.baseAddress, expected.baseAddress, range.count) == 1
    }
    return hasRightTag(sealed) && isEqual
  }

  /// Begins to seal or open with the nonce that `sealed` begins with.
  private func start(_ sealed: UnsafeRawBufferPointer) {
    let nonce = UnsafeRawBufferPointer(rebasing: sealed[..<Self.nonceSize])
    cipher.start(nonce: nonce)
    authenticator.start(nonce: nonce)
  }

  /// Whether `sealed` ends with the tag of what the authenticator was given.
  private func hasRightTag(_ sealed: UnsafeRawBufferPointer) -> Bool {
    let tagStart = sealed.count - Self.tagSize
    return withUnsafeTemporaryAllocation(byteCount: Self.tagSize, alignment: 8) { tag in
      authenticator.finish(into: tag)
      return CRYPTO_memcmp(
        tag.baseAddress,
        sealed.baseAddress.map { $0 + tagStart },
        Self.tagSize
      ) == 0
    }
  }

  /// Calls `body` with one range after the other while it says so; whether it always did.
  @discardableResult
  private static func forEachPiece(of count: Int, _ body: (Range<Int>) -> Bool) -> Bool {
    var done = 0
    while done < count {
      let end = min(done + pieceSize, count)
      guard body(done..<end) else { return false }
      done = end
    }
    return true
  }

  /// Opens `sealed` into `plaintext`, which is 32 bytes shorter.
  ///
  /// Nothing is written to `plaintext` unless the tag is right. It may be the very bytes of
  /// `sealed` after the first 16.
  ///
  /// - Throws: ``SealError`` when the bytes aren't what was sealed with this key.
  package func open(
    _ sealed: UnsafeRawBufferPointer,
    into plaintext: UnsafeMutableRawBufferPointer
  ) throws(SealError) {
    guard sealed.count >= Self.overhead else { throw SealError(.tooShort) }
    precondition(plaintext.count == sealed.count - Self.overhead, "opening removes 32 bytes")
    let tagStart = sealed.count - Self.tagSize
    let nonce = UnsafeRawBufferPointer(rebasing: sealed[..<Self.nonceSize])
    guard nonce.contains(where: { $0 != 0 }) else { throw SealError(.zeroNonce) }
    let body = UnsafeRawBufferPointer(rebasing: sealed[Self.nonceSize..<tagStart])
    start(sealed)
    authenticator.add(body)
    guard hasRightTag(sealed) else { throw SealError(.wrongTag) }
    cipher.apply(body, into: plaintext)
  }

  /// Returns `plaintext` sealed with a new nonce.
  package func sealed(_ plaintext: [UInt8]) -> [UInt8] {
    let size = plaintext.count + Self.overhead
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      let target = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: size)
      plaintext.withUnsafeBytes { seal($0, into: target) }
      initialized = size
    }
  }

  /// Returns what `sealed` holds.
  ///
  /// - Throws: ``SealError`` when the bytes aren't what was sealed with this key.
  package func opened(_ sealed: [UInt8]) throws(SealError) -> [UInt8] {
    guard sealed.count >= Self.overhead else { throw SealError(.tooShort) }
    var plaintext = [UInt8](repeating: 0, count: sealed.count - Self.overhead)
    try sealed.withBytes { (source) throws(SealError) in
      try plaintext.withMutableBytes { (target) throws(SealError) in
        try open(source, into: target)
      }
    }
    return plaintext
  }
}
