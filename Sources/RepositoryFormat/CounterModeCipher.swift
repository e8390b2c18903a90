import CCrypto

/// AES-256 in counter mode, the counter being 16 bytes, big-endian, from the nonce on.
final class CounterModeCipher {
  private let context: OpaquePointer

  init(key: [UInt8]) {
    precondition(key.count == 32, "an AES-256 key has 32 bytes")
    guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
    self.context = context
    let result = EVP_EncryptInit_ex(context, EVP_aes_256_ctr(), nil, key, nil)
    precondition(result == 1, "libcrypto has no AES-256-CTR")
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  /// Begins a message.
  func start(nonce: UnsafeRawBufferPointer) {
    let iv = nonce.assumingMemoryBound(to: UInt8.self).baseAddress
    precondition(EVP_EncryptInit_ex(context, nil, nil, nil, iv) == 1, "can't set a nonce")
  }

  /// Encrypts or decrypts the next `bytes` of a message, which is the same, into `target` of the
  /// same size; all but the last are a multiple of 16.
  func apply(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
    precondition(target.count >= bytes.count, "the ciphertext is as long as the plaintext")
    // libcrypto counts in CInt; a piece is a multiple of the block, so the counter goes on.
    let pieceMax = 1 << 30
    var done = 0
    while done < bytes.count {
      let count = min(pieceMax, bytes.count - done)
      let source = UnsafeRawBufferPointer(rebasing: bytes[done..<done + count])
      let part = UnsafeMutableRawBufferPointer(rebasing: target[done..<done + count])
      var written: CInt = 0
      let result = EVP_EncryptUpdate(
        context,
        part.assumingMemoryBound(to: UInt8.self).baseAddress,
        &written,
        source.assumingMemoryBound(to: UInt8.self).baseAddress,
        CInt(count)
      )
      precondition(result == 1 && Int(written) == count, "AES-256-CTR failed")
      done += count
    }
  }
}
