/// How many bytes a fingerprint covers.
private let windowSize = 64

/// What a fingerprint's end is compared with to find a place to cut: 20 bits.
private let cutMask: UInt64 = 1 << 20 - 1

/// How far each lane goes before the lanes meet.
///
/// Each piece costs 64 bytes of warming up, and up to one piece per lane is searched in vain when
/// a candidate is found.
private let pieceSize = 8 << 10

/// Returns the first position in `lower + 1 ... upper` where content allows a cut, or nil.
///
/// The roll waits for its own last result in every step, so several lanes run interleaved, each
/// over its own piece of the bytes.
func firstCandidate(
  _ bytes: UnsafePointer<UInt8>,
  _ tables: UnsafePointer<UInt64>,
  above lower: Int,
  upTo upper: Int
) -> Int? {
  var start = lower
  while upper - start >= 4 * windowSize {
    let size = min(pieceSize, (upper - start) / 4)
    if let found = firstCandidateInLanes(bytes + start, tables, pieceSize: size) {
      return start + found
    }
    start += 4 * size
  }
  return firstCandidateInOrder(bytes, tables, above: start, upTo: upper)
}

@inline(__always)
private func rolled(
  _ fingerprint: UInt64,
  _ entering: UInt8,
  _ leaving: UInt8,
  _ tables: UnsafePointer<UInt64>
) -> UInt64 {
  let rest = tables[Int(leaving)] ^ UInt64(entering)
  let carry = tables[256 &+ Int(truncatingIfNeeded: fingerprint >> 45)]
  return (fingerprint << 8) ^ rest ^ carry
}

/// The fingerprint of the 64 bytes before `end`.
@inline(__always)
private func fingerprint(
  before end: UnsafePointer<UInt8>,
  _ tables: UnsafePointer<UInt64>
) -> UInt64 {
  var value: UInt64 = 0
  for index in -windowSize..<0 { value = rolled(value, end[index], 0, tables) }
  return value
}

/// Searches with one lane.
func firstCandidateInOrder(
  _ bytes: UnsafePointer<UInt8>,
  _ tables: UnsafePointer<UInt64>,
  above lower: Int,
  upTo upper: Int
) -> Int? {
  guard lower < upper else { return nil }
  var value = fingerprint(before: bytes + lower, tables)
  for index in lower..<upper {
    value = rolled(value, bytes[index], bytes[index &- windowSize], tables)
    if value & cutMask == 0 { return index + 1 }
  }
  return nil
}

/// Searches four pieces from `bytes` on at once; returns the first position among all.
private func firstCandidateInLanes(
  _ bytes: UnsafePointer<UInt8>,
  _ tables: UnsafePointer<UInt64>,
  pieceSize: Int
) -> Int? {
  let (lane1, lane2, lane3) = (
    bytes + pieceSize, bytes + 2 * pieceSize, bytes + 3 * pieceSize
  )
  var value0 = fingerprint(before: bytes, tables)
  var value1 = fingerprint(before: lane1, tables)
  var value2 = fingerprint(before: lane2, tables)
  var value3 = fingerprint(before: lane3, tables)
  var found = Int.max
  var index = 0
  while index < pieceSize {
    value0 = rolled(value0, bytes[index], bytes[index &- windowSize], tables)
    value1 = rolled(value1, lane1[index], lane1[index &- windowSize], tables)
    value2 = rolled(value2, lane2[index], lane2[index &- windowSize], tables)
    value3 = rolled(value3, lane3[index], lane3[index &- windowSize], tables)
    index &+= 1
    if value0 & cutMask == 0 { return index }
    if value1 & cutMask == 0 { found = min(found, pieceSize + index) }
    if value2 & cutMask == 0 { found = min(found, 2 * pieceSize + index) }
    if value3 & cutMask == 0 { found = min(found, 3 * pieceSize + index) }
  }
  return found == Int.max ? nil : found
}
