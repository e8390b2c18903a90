/// One step through bytes that may be UTF-8, as Go's `utf8.DecodeRune` takes it.
struct Rune {
  /// U+FFFD when the byte is not valid here.
  let scalar: UInt32
  /// In bytes; 1 when the byte is not valid here.
  let size: Int
  let isValid: Bool

  private static let invalid = Rune(scalar: 0xfffd, size: 1, isValid: false)

  private init(scalar: UInt32, size: Int, isValid: Bool) {
    self.scalar = scalar
    self.size = size
    self.isValid = isValid
  }

  /// Reads the rune that begins at `index`, which is within `bytes`.
  init(_ bytes: UnsafeRawBufferPointer, at index: Int) {
    let first = bytes[index]
    guard first >= 0x80 else {
      self = Rune(scalar: UInt32(first), size: 1, isValid: true)
      return
    }
    let size: Int
    var second: ClosedRange<UInt8> = 0x80...0xbf
    switch first {
    case 0xc2...0xdf: size = 2
    case 0xe0...0xef:
      size = 3
      // Neither longer than needed nor a surrogate.
      if first == 0xe0 { second = 0xa0...0xbf }
      if first == 0xed { second = 0x80...0x9f }
    case 0xf0...0xf4:
      size = 4
      if first == 0xf0 { second = 0x90...0xbf }
      if first == 0xf4 { second = 0x80...0x8f }
    default:
      self = .invalid
      return
    }
    guard bytes.count - index >= size, second.contains(bytes[index + 1]) else {
      self = .invalid
      return
    }
    var scalar = UInt32(first) & (0x7f >> UInt32(size))
    for offset in 1..<size {
      let byte = bytes[index + offset]
      guard byte & 0xc0 == 0x80 else {
        self = .invalid
        return
      }
      scalar = scalar << 6 | UInt32(byte & 0x3f)
    }
    self = Rune(scalar: scalar, size: size, isValid: true)
  }
}

/// Whether all of `bytes` is UTF-8.
func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
  var index = 0
  while index < bytes.count {
    let rune = Rune(bytes, at: index)
    guard rune.isValid else { return false }
    index += rune.size
  }
  return true
}

/// Appends `scalar` in UTF-8; what is no scalar becomes U+FFFD.
func appendUTF8(_ scalar: UInt32, to bytes: inout [UInt8]) {
  bytes.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{fffd}").utf8)
}

/// Reads `count` hexadecimal digits of either case at `index`; nil when there aren't so many.
func hexadecimal(_ bytes: UnsafeRawBufferPointer, at index: Int, count: Int) -> UInt32? {
  guard bytes.count - index >= count else { return nil }
  var value: UInt32 = 0
  for byte in bytes[index..<index + count] {
    let digit: UInt8
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
    default: return nil
    }
    value = value << 4 | UInt32(digit)
  }
  return value
}
