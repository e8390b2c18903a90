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

  private let cipher: CounterModeCipher
  private let authenticator: MessageAuthenticator

  package init(_ key: MasterKey) {
    cipher = CounterModeCipher(key: key.encrypt)
    authenticator = MessageAuthenticator(k: key.macK, r: key.macR)
  }

  /// Seals `plaintext` with a new nonce into `sealed`, which is 32 bytes longer.
  package func seal(
    _ plaintext: UnsafeRawBufferPointer,
    into sealed: UnsafeMutableRawBufferPointer
  ) {
    precondition(sealed.count == plaintext.count + Self.overhead, "sealing adds 32 bytes")
    let nonce = UnsafeMutableRawBufferPointer(rebasing: sealed[..<Self.nonceSize])
    repeat { fillWithRandomBytes(nonce) } while nonce.allSatisfy { $0 == 0 }
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
    let nonce = UnsafeRawBufferPointer(rebasing: sealed[..<Self.nonceSize])
    let body = UnsafeMutableRawBufferPointer(rebasing: sealed[Self.nonceSize..<tagStart])
    cipher.apply(plaintext, nonce: nonce, into: body)
    authenticator.tag(
      of: UnsafeRawBufferPointer(body),
      nonce: nonce,
      into: UnsafeMutableRawBufferPointer(rebasing: sealed[tagStart...])
    )
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
    let isRight = withUnsafeTemporaryAllocation(byteCount: Self.tagSize, alignment: 8) { tag in
      authenticator.tag(of: body, nonce: nonce, into: tag)
      return CRYPTO_memcmp(
        tag.baseAddress,
        sealed.baseAddress.map { $0 + tagStart },
        Self.tagSize
      ) == 0
    }
    guard isRight else { throw SealError(.wrongTag) }
    cipher.apply(body, nonce: nonce, into: plaintext)
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
