import Glibc

/// Reads from `offset` until `buffer` is full or the file ends.
///
/// The corresponding C function is `pread`.
///
/// - Parameters:
///   - buffer: Is filled from its beginning.
///   - descriptor: Open for reading.
///   - offset: In the file.
///   - subject: What it is, for the error.
/// - Returns: How many bytes were read; fewer than asked for only at the end of the file.
/// - Throws: ``SystemCallError``.
package func read(
  into buffer: UnsafeMutableRawBufferPointer,
  from descriptor: CInt,
  at offset: UInt64,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Int {
  var done = 0
  while done < buffer.count {
    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
    let count = try kernelCall("pread", subject()) {
      negated(pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done)))
    }
    if count == 0 { break }
    done += count
  }
  return done
}
