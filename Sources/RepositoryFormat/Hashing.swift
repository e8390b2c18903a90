import CCrypto

/// Returns the SHA-256 of `bytes`.
package func sha256(_ bytes: UnsafeRawBufferPointer) -> Digest {
  preconditionFailure("comes next")
}

/// Returns the SHA-256 of `bytes`.
package func sha256(_ bytes: [UInt8]) -> Digest {
  bytes.withUnsafeBytes { sha256($0) }
}

/// A SHA-256 that is fed piece by piece; used by one thread at a time.
package final class IncrementalSHA256 {
  package init() {}

  /// Adds `bytes`.
  package func update(_ bytes: UnsafeRawBufferPointer) {
    preconditionFailure("comes next")
  }

  /// Returns the SHA-256 of everything that was added, and begins anew.
  package func finish() -> Digest {
    preconditionFailure("comes next")
  }
}
