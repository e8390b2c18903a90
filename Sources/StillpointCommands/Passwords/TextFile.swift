/// Returns the text of a file in UTF-8.
///
/// A byte order mark is removed, and UTF-16 with one is converted. Without a mark the bytes stay
/// as they are.
package func decodedText(_ bytes: [UInt8]) -> [UInt8] {
  if bytes.starts(with: [0xef, 0xbb, 0xbf]) { return Array(bytes.dropFirst(3)) }
  let isBigEndian = bytes.starts(with: [0xfe, 0xff])
  guard isBigEndian || bytes.starts(with: [0xff, 0xfe]) else { return bytes }
  let units = stride(from: 2, to: bytes.count - 1, by: 2).map { index in
    let first = UInt16(bytes[index])
    let second = UInt16(bytes[index + 1])
    return isBigEndian ? first << 8 | second : second << 8 | first
  }
  return Array(String(decoding: units, as: UTF16.self).utf8)
}

/// Returns `bytes` without white space at both ends: that of Unicode, as Go trims.
package func trimmed(_ bytes: [UInt8]) -> [UInt8] {
  // Valid UTF-8 or not: only whole sequences that stand for white space are taken away.
  let spaces =
    (0x09...0x0d).map { [$0] } + [[0x20], [0xc2, 0x85], [0xc2, 0xa0], [0xe1, 0x9a, 0x80]]
    + (0x80...0x8a).map { [0xe2, 0x80, $0] }
    + [[0xe2, 0x80, 0xa8], [0xe2, 0x80, 0xa9], [0xe2, 0x80, 0xaf], [0xe2, 0x81, 0x9f]]
    + [[0xe3, 0x80, 0x80]] as [[UInt8]]
  var rest = bytes[...]
  while let space = spaces.first(where: { rest.starts(with: $0) }) {
    rest = rest.dropFirst(space.count)
  }
  while let space = spaces.first(where: { rest.suffix($0.count).elementsEqual($0) }) {
    rest = rest.dropLast(space.count)
  }
  return Array(rest)
}
