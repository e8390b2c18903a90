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
package final class Sealer {
  /// How many bytes sealing adds.
  package static let overhead = 32

  private let key: MasterKey

  package init(_ key: MasterKey) {
    self.key = key
  }

  /// Seals `plaintext` with a new nonce into `sealed`, which is 32 bytes longer.
  package func seal(
    _ plaintext: UnsafeRawBufferPointer,
    into sealed: UnsafeMutableRawBufferPointer
  ) {
    preconditionFailure("comes next")
  }

  /// Opens `sealed` into `plaintext`, which is 32 bytes shorter.
  ///
  /// Nothing is written to `plaintext` unless the tag is right.
  ///
  /// - Throws: ``SealError`` when the bytes aren't what was sealed with this key.
  package func open(
    _ sealed: UnsafeRawBufferPointer,
    into plaintext: UnsafeMutableRawBufferPointer
  ) throws(SealError) {
    throw SealError(.wrongTag)
  }

  /// Returns `plaintext` sealed with a new nonce.
  package func sealed(_ plaintext: [UInt8]) -> [UInt8] {
    let size = plaintext.count + Self.overhead
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      let target = UnsafeMutableRawBufferPointer(
        rebasing: UnsafeMutableRawBufferPointer(buffer)[..<size]
      )
      plaintext.withUnsafeBytes { seal($0, into: target) }
      initialized = size
    }
  }

  /// Returns what `sealed` holds.
  ///
  /// - Throws: ``SealError`` when the bytes aren't what was sealed with this key.
  package func opened(_ sealed: [UInt8]) throws(SealError) -> [UInt8] {
    throw SealError(.wrongTag)
  }
}
