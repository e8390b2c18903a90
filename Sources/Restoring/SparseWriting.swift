import Machine

/// Shorter runs of zeros are written: a hole smaller than a block saves nothing.
private let holeUnit = 4096

/// Writes `bytes` at `offset`, leaving out the zeros that fill whole blocks.
///
/// - Parameters:
///   - bytes: What to write.
///   - descriptor: A file that has its final size.
///   - offset: In the file.
///   - isFresh: Whether nothing was there, so that what is left out is a hole already.
///   - subject: The file, for the error.
/// - Throws: ``SystemCallError``.
func writeSparsely(
  _ bytes: UnsafeRawBufferPointer,
  to descriptor: CInt,
  at offset: UInt64,
  isFresh: Bool,
  _ subject: () -> FilePath
) throws(SystemCallError) {
  var position = 0
  while position < bytes.count {
    let isZero = isZeroBlock(bytes, position, offset)
    var end = nextBlock(after: position, offset, bytes.count)
    while end < bytes.count, isZeroBlock(bytes, end, offset) == isZero {
      end = nextBlock(after: end, offset, bytes.count)
    }
    let part = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
    let place = offset + UInt64(position)
    if !isZero {
      try write(part, to: descriptor, at: place, subject: subject())
    } else if !isFresh {
      do {
        try punchHole(in: descriptor, at: place, size: UInt64(part.count), subject: subject())
      } catch {
        if error.errno != .notSupported { throw error }
        try write(part, to: descriptor, at: place, subject: subject())
      }
    }
    position = end
  }
}

/// Where the block of the file that holds `position` ends, as a position in the bytes.
private func nextBlock(after position: Int, _ offset: UInt64, _ count: Int) -> Int {
  let place = offset + UInt64(position)
  let end = (place / UInt64(holeUnit) + 1) * UInt64(holeUnit)
  return min(count, Int(end - offset))
}

private func isZeroBlock(
  _ bytes: UnsafeRawBufferPointer,
  _ position: Int,
  _ offset: UInt64
) -> Bool {
  let end = nextBlock(after: position, offset, bytes.count)
  var index = position
  while index + 8 <= end {
    if bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) != 0 { return false }
    index += 8
  }
  while index < end {
    if bytes[index] != 0 { return false }
    index += 1
  }
  return true
}
