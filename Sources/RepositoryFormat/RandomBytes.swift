import CCrypto

/// Returns `count` bytes that nobody can predict.
///
/// Without a source of randomness nothing can be stored safely, so its failure ends the program.
package func randomBytes(_ count: Int) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
    let result = count == 0 ? 1 : RAND_bytes(buffer.baseAddress, CInt(count))
    precondition(result == 1, "RAND_bytes: the system gives no random bytes")
    initialized = count
  }
}
