import CCrypto

/// Poly1305-AES: Poly1305 with the multiplier `r` and, as addend, the nonce encrypted with `k`.
///
/// Source: Bernstein, "The Poly1305-AES message-authentication code".
final class MessageAuthenticator {
  private let block: OpaquePointer
  private let context: OpaquePointer
  /// `r` and then the addend of the message at hand; libcrypto clamps `r`.
  private var oneTimeKey: [UInt8]

  init(k: [UInt8], r: [UInt8]) {
    precondition(k.count == 16 && r.count == 16, "both keys have 16 bytes")
    guard let block = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
    let result = EVP_EncryptInit_ex(block, EVP_aes_128_ecb(), nil, k, nil)
    precondition(result == 1, "libcrypto has no AES-128")
    EVP_CIPHER_CTX_set_padding(block, 0)
    guard
      let poly1305 = Self.poly1305.algorithm,
      let context = EVP_MAC_CTX_new(poly1305)
    else { preconditionFailure("libcrypto has no Poly1305") }
    self.block = block
    self.context = context
    oneTimeKey = r + [UInt8](repeating: 0, count: 16)
  }

  deinit {
    EVP_MAC_CTX_free(context)
    EVP_CIPHER_CTX_free(block)
  }

  /// Begins a message.
  func start(nonce: UnsafeRawBufferPointer) {
    precondition(nonce.count == 16, "a nonce has 16 bytes")
    oneTimeKey.withUnsafeMutableBufferPointer { key in
      var written: CInt = 0
      let result = EVP_EncryptUpdate(
        block,
        key.baseAddress.map { $0 + 16 },
        &written,
        nonce.assumingMemoryBound(to: UInt8.self).baseAddress,
        16
      )
      precondition(result == 1 && written == 16, "AES-128 failed")
      precondition(EVP_MAC_init(context, key.baseAddress, 32, nil) == 1, "Poly1305 failed")
    }
  }

  /// Takes the next bytes of a message into account.
  func add(_ bytes: UnsafeRawBufferPointer) {
    let source = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
    precondition(EVP_MAC_update(context, source, bytes.count) == 1, "Poly1305 failed")
  }

  /// Writes the 16 bytes that prove the message to `tag`.
  func finish(into tag: UnsafeMutableRawBufferPointer) {
    precondition(tag.count == 16, "a tag has 16 bytes")
    let target = tag.assumingMemoryBound(to: UInt8.self).baseAddress
    var size = 0
    precondition(EVP_MAC_final(context, target, &size, 16) == 1 && size == 16, "Poly1305 failed")
  }

  /// The algorithm, fetched once.
  ///
  /// `@unchecked Sendable`: it never changes, and libcrypto counts its users atomically.
  private struct Fetched: @unchecked Sendable {
    let algorithm = EVP_MAC_fetch(nil, "POLY1305", nil)
  }

  private static let poly1305 = Fetched()
}
