import CCrypto

/// Returns the SHA-256 of `bytes`.
package func sha256(_ bytes: UnsafeRawBufferPointer) -> Digest {
  withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { digest in
    let target = digest.assumingMemoryBound(to: UInt8.self).baseAddress
    let result = EVP_Digest(
      bytes.baseAddress,
      bytes.count,
      target,
      nil,
      SHA256Algorithm.pointer,
      nil
    )
    precondition(result == 1, "SHA-256 failed")
    return Digest(bytes: UnsafeRawBufferPointer(digest))
  }
}

/// Returns the SHA-256 of `bytes`.
package func sha256(_ bytes: [UInt8]) -> Digest {
  bytes.withUnsafeBytes { sha256($0) }
}

/// A SHA-256 that is fed piece by piece, by one thread at a time.
package final class IncrementalSHA256 {
  private let context: OpaquePointer

  package init() {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    self.context = context
    begin()
  }

  deinit { EVP_MD_CTX_free(context) }

  private func begin() {
    let result = EVP_DigestInit_ex2(context, SHA256Algorithm.pointer, nil)
    precondition(result == 1, "SHA-256 failed")
  }

  /// Adds `bytes`.
  package func update(_ bytes: UnsafeRawBufferPointer) {
    precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "SHA-256 failed")
  }

  /// Returns the SHA-256 of everything that was added, and begins anew.
  package func finish() -> Digest {
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { digest in
      let target = digest.assumingMemoryBound(to: UInt8.self).baseAddress
      precondition(EVP_DigestFinal_ex(context, target, nil) == 1, "SHA-256 failed")
      begin()
      return Digest(bytes: UnsafeRawBufferPointer(digest))
    }
  }
}

/// The algorithm, fetched once: that saves a look-up per hash.
///
/// `@unchecked Sendable`: it never changes, and libcrypto counts its users atomically.
private struct SHA256Algorithm: @unchecked Sendable {
  let algorithm: OpaquePointer

  private static let fetched: SHA256Algorithm = {
    guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else {
      preconditionFailure("libcrypto has no SHA-256")
    }
    return SHA256Algorithm(algorithm: algorithm)
  }()

  static var pointer: OpaquePointer { fetched.algorithm }
}
