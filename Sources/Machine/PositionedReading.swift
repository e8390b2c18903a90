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

/// Reads what is at `offset`, up to the size of `buffer`.
///
/// Fewer bytes than asked for do not mean the end; none do. The corresponding C function is
/// `pread`.
package func readNext(
  from descriptor: CInt,
  at offset: UInt64,
  into buffer: UnsafeMutableRawBufferPointer,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Int {
  try kernelCall("pread", subject()) {
    negated(pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)))
  }
}
