import CSodium

/// What deriving a key with scrypt costs.
package struct ScryptParameters: Hashable, Sendable, CustomStringConvertible {
  /// A power of two above 1: time and memory.
  package var n: Int
  /// The block size: memory, and a little time.
  package var r: Int
  /// How often: time alone.
  package var p: Int

  package init(n: Int, r: Int, p: Int) {
    self.n = n
    self.r = r
    self.p = p
  }

  package var description: String { "N \(n), r \(r), p \(p)" }

  /// Weak and quick: only for tests.
  package static let forTesting = ScryptParameters(n: 1024, r: 8, p: 1)

  /// Measures what takes about 200 ms here, but never less than N 32768, r 8, p 3, which OWASP's
  /// "Password Storage Cheat Sheet" calls enough for passwords; 32 MiB.
  ///
  /// Every command takes that time: a key of restic's takes 500 ms.
  package static func calibrated() -> ScryptParameters {
    var parameters = ScryptParameters(n: 32768, r: 8, p: 1)
    let start = ContinuousClock.now
    _ = try? parameters.derive(password: [1], salt: [UInt8](repeating: 1, count: 64))
    let once = ContinuousClock.now - start
    parameters.p = min(max(3, Int(Duration.milliseconds(200) / once)), 64)
    return parameters
  }

  /// 4 GiB: what a stored key may make us take, far above every sensible choice.
  private static let memoryMax: UInt64 = 4 << 30

  /// Derives 64 bytes from `password` and `salt`.
  ///
  /// - Throws: ``KeyError/derivation(_:)`` when the parameters are impossible or need too much.
  package func derive(password: [UInt8], salt: [UInt8]) throws(KeyError) -> [UInt8] {
    guard
      n > 1, n & (n - 1) == 0, r > 0, p > 0,
      n <= 1 << 32, r <= 1 << 20, p <= 1 << 20
    else { throw .derivation(self) }
    // At most 2^7 · 2^20 · (2^32 + 2^20 + 2): no overflow.
    let memory = 128 * UInt64(r) * (UInt64(n) + UInt64(p) + 2)
    guard memory <= Self.memoryMax else { throw .derivation(self) }
    // It chooses what this processor does fastest; without that it would be half as fast.
    guard sodium_init() >= 0 else { throw .derivation(self) }
    var key = [UInt8](repeating: 0, count: 64)
    let result = crypto_pwhash_scryptsalsa208sha256_ll(
      password,
      password.count,
      salt,
      salt.count,
      UInt64(n),
      UInt32(r),
      UInt32(p),
      &key,
      key.count
    )
    guard result == 0 else { throw .derivation(self) }
    return key
  }
}
