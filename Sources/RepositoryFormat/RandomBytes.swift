import CCrypto

/// Returns `count` bytes that nobody can predict.
///
/// Without a source of randomness nothing can be stored safely, so its failure ends the program.
package func randomBytes(_ count: Int) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
    fillWithRandomBytes(UnsafeMutableRawBufferPointer(buffer))
    initialized = count
  }
}

/// Overwrites `buffer` with bytes that nobody can predict.
func fillWithRandomBytes(_ buffer: UnsafeMutableRawBufferPointer) {
  guard buffer.count > 0 else { return }
  let bytes = buffer.assumingMemoryBound(to: UInt8.self)
  let result = RAND_bytes(bytes.baseAddress, CInt(buffer.count))
  precondition(result == 1, "RAND_bytes: the system gives no random bytes")
}
