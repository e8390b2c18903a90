/// What stands between a string's quotes.
struct RawJSONString {
  let bytes: UnsafeRawBufferPointer
  /// Whether a backslash is among the bytes.
  let hasEscapes: Bool
}

private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")

extension JSONReader {
  /// Reads a string's bytes as they are stored.
  mutating func rawString() throws(FormatError) -> RawJSONString {
    try expect("\"")
    let start = position
    var hasEscapes = false
    while true {
      skipPlainBytes()
      guard position < bytes.count else { throw failure("string without end") }
      switch bytes[position] {
      case quote:
        let inside = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        position += 1
        return RawJSONString(bytes: inside, hasEscapes: hasEscapes)
      case backslash:
        hasEscapes = true
        position += 2
      case 0..<0x20: throw failure("control character in a string")
      default: position += 1
      }
    }
  }

  /// Moves on to the first quote, backslash or control character, or close to the end.
  private mutating func skipPlainBytes() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    while bytes.count - position >= 8 {
      let word = UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      )
      let quotes = word ^ (ones &* 0x22)
      let slashes = word ^ (ones &* 0x5c)
      // The top bit of each byte that is one of these; the lowest of them is never wrong.
      let found =
        tops
        & (((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
          | ((word &- (ones &* 0x20)) & ~word))
      guard found == 0 else {
        position += found.trailingZeroBitCount / 8
        return
      }
      position += 8
    }
  }

  /// Reads a string; empty for `null`.
  mutating func string() throws(FormatError) -> [UInt8] {
    if try readNull() { return [] }
    let start = position
    let raw = try rawString()
    guard raw.hasEscapes else { return [UInt8](raw.bytes) }
    guard let text = unescaped(raw.bytes) else {
      position = start
      throw failure("unknown escape in a string")
    }
    return text
  }

  /// Reads a string as text; bytes that are no UTF-8 are replaced.
  mutating func text() throws(FormatError) -> String {
    String(decoding: try string(), as: UTF8.self)
  }

  /// Reads an array of strings.
  mutating func strings() throws(FormatError) -> [[UInt8]] {
    var result: [[UInt8]] = []
    if try enterArray() {
      while try nextElement() { result.append(try string()) }
    }
    return result
  }

  /// Reads an array of texts.
  mutating func texts() throws(FormatError) -> [String] {
    var result: [String] = []
    if try enterArray() {
      while try nextElement() { result.append(try text()) }
    }
    return result
  }

  /// Reads a string of 64 hexadecimal digits.
  mutating func digest() throws(FormatError) -> Digest {
    let raw = try rawString()
    guard let digest = Digest(hexDigits: raw.bytes) else {
      throw failure("expected 64 hexadecimal digits")
    }
    return digest
  }

  /// Reads a string of 64 hexadecimal digits; nil for `null`.
  mutating func optionalDigest() throws(FormatError) -> Digest? {
    try readNull() ? nil : try digest()
  }

  /// Reads a string in base64; empty for `null`.
  mutating func base64() throws(FormatError) -> [UInt8] {
    guard let result = base64Decoded(try string()) else { throw failure("expected base64") }
    return result
  }

  /// Reads a string that is a time.
  mutating func time() throws(FormatError) -> NodeTime {
    let raw = try rawString()
    guard let time = NodeTime(rfc3339: raw.bytes) else { throw failure("expected a time") }
    return time
  }
}

/// Undoes the escapes of a JSON string; nil when one is unknown or cut off.
///
/// Halves of surrogate pairs become U+FFFD, as in Go.
func unescaped(_ raw: UnsafeRawBufferPointer) -> [UInt8]? {
  var result: [UInt8] = []
  result.reserveCapacity(raw.count)
  var index = 0
  while index < raw.count {
    let byte = raw[index]
    index += 1
    guard byte == backslash else {
      result.append(byte)
      continue
    }
    guard index < raw.count else { return nil }
    let kind = raw[index]
    index += 1
    switch kind {
    case quote, backslash, UInt8(ascii: "/"): result.append(kind)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0c)
    case UInt8(ascii: "n"): result.append(0x0a)
    case UInt8(ascii: "r"): result.append(0x0d)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      guard let unit = hexadecimal(raw, at: index, count: 4) else { return nil }
      index += 4
      appendUTF8(scalar(unit, raw, &index), to: &result)
    default: return nil
    }
  }
  return result
}

/// The scalar that the UTF-16 unit `first` begins; reads the other half from `\u` at `index`.
private func scalar(
  _ first: UInt32,
  _ raw: UnsafeRawBufferPointer,
  _ index: inout Int
) -> UInt32 {
  guard first & 0xf800 == 0xd800 else { return first }
  guard
    first & 0xfc00 == 0xd800,
    raw.count - index >= 6,
    raw[index] == backslash,
    raw[index + 1] == UInt8(ascii: "u"),
    let second = hexadecimal(raw, at: index + 2, count: 4),
    second & 0xfc00 == 0xdc00
  else { return 0xfffd }
  index += 6
  return 0x10000 + (first & 0x3ff) << 10 + (second & 0x3ff)
}
