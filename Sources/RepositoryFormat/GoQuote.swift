/// Returns `bytes` as Go's `strconv.Quote` writes them, without the quotes around.
///
/// The result is UTF-8 whatever `bytes` are: restic stores names this way.
package func goQuoted(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count + 16)
  var index = 0
  while index < bytes.count {
    let rune = Rune(bytes, at: index)
    let encoded = bytes[index..<index + rune.size]
    index += rune.size
    guard rune.isValid else {
      appendEscape("x", UInt32(encoded[encoded.startIndex]), digits: 2, to: &result)
      continue
    }
    switch rune.scalar {
    case 0x22, 0x5c:
      result.append(UInt8(ascii: "\\"))
      result.append(contentsOf: encoded)
    case _ where isPrintableInGo(rune.scalar): result.append(contentsOf: encoded)
    case 0x07...0x0d:
      result.append(UInt8(ascii: "\\"))
      result.append(controlLetters.utf8Start[Int(rune.scalar) - 7])
    case 0..<0x20, 0x7f: appendEscape("x", rune.scalar, digits: 2, to: &result)
    case 0..<0x10000: appendEscape("u", rune.scalar, digits: 4, to: &result)
    default: appendEscape("U", rune.scalar, digits: 8, to: &result)
    }
  }
  return result
}

/// The letters that stand for U+0007 to U+000D.
private let controlLetters: StaticString = "abtnvfr"

private func appendEscape(
  _ letter: Unicode.Scalar,
  _ value: UInt32,
  digits: UInt32,
  to bytes: inout [UInt8]
) {
  let alphabet: StaticString = "0123456789abcdef"
  bytes.append(UInt8(ascii: "\\"))
  bytes.append(UInt8(ascii: letter))
  for digit in (0..<digits).reversed() {
    bytes.append(alphabet.utf8Start[Int(value >> (4 * digit) & 15)])
  }
}

/// Undoes ``goQuoted(_:)``; nil when an escape is unknown or cut off.
package func goUnquoted(_ text: [UInt8]) -> [UInt8]? {
  guard text.contains(UInt8(ascii: "\\")) else { return text }
  return text.withUnsafeBytes { text in
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      let byte = text[index]
      index += 1
      if byte != UInt8(ascii: "\\") {
        result.append(byte)
      } else if !appendUnescaped(text, &index, to: &result) {
        return nil
      }
    }
    return result
  }
}

/// Reads what follows a backslash at `index`; false when it is no escape.
private func appendUnescaped(
  _ text: UnsafeRawBufferPointer,
  _ index: inout Int,
  to result: inout [UInt8]
) -> Bool {
  guard index < text.count else { return false }
  let kind = text[index]
  index += 1
  switch kind {
  case UInt8(ascii: "\\"), UInt8(ascii: "\""): result.append(kind)
  case UInt8(ascii: "a"): result.append(0x07)
  case UInt8(ascii: "b"): result.append(0x08)
  case UInt8(ascii: "t"): result.append(0x09)
  case UInt8(ascii: "n"): result.append(0x0a)
  case UInt8(ascii: "v"): result.append(0x0b)
  case UInt8(ascii: "f"): result.append(0x0c)
  case UInt8(ascii: "r"): result.append(0x0d)
  case UInt8(ascii: "x"):
    guard let value = hexadecimal(text, at: index, count: 2) else { return false }
    index += 2
    result.append(UInt8(truncatingIfNeeded: value))
  case UInt8(ascii: "u"), UInt8(ascii: "U"):
    let count = kind == UInt8(ascii: "u") ? 4 : 8
    guard
      let value = hexadecimal(text, at: index, count: count),
      Unicode.Scalar(value) != nil
    else { return false }
    index += count
    appendUTF8(value, to: &result)
  case UInt8(ascii: "0")...UInt8(ascii: "3"):
    guard text.count - index >= 2 else { return false }
    let digits = [kind, text[index], text[index + 1]].map { $0 &- UInt8(ascii: "0") }
    guard digits.allSatisfy({ $0 < 8 }) else { return false }
    index += 2
    result.append(digits[0] << 6 | digits[1] << 3 | digits[2])
  default: return false
  }
  return true
}
