// Eight hexadecimal digits at a time, in the bytes of a word: trees and indexes hold little else.

private let ones: UInt64 = 0x0101_0101_0101_0101

extension Digest {
  /// Reads 64 hexadecimal digits in lower case; nil for anything else.
  package init?(hexDigits text: UnsafeRawBufferPointer) {
    guard text.count == 64 else { return nil }
    var isValid = true
    func word(_ index: Int) -> UInt64 {
      func half(_ offset: Int) -> UInt64 {
        let digits = UInt64(
          bigEndian: text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        )
        let nibbles = nibblesOfHex(digits)
        // Bytes that are no digits come out above 15, or not as they went in.
        if nibbles & (ones &* 0xf0) != 0 || hexOfNibbles(nibbles) != digits { isValid = false }
        return packed(nibbles)
      }
      return half(16 * index) << 32 | half(16 * index + 8)
    }
    self.init(words: (word(0), word(1), word(2), word(3)))
    if !isValid { return nil }
  }

  /// Writes 64 hexadecimal digits in lower case.
  func writeHexDigits(to target: UnsafeMutableRawPointer) {
    func write(_ word: UInt64, _ offset: Int) {
      for (half, place) in [(word >> 32, offset), (word & 0xffff_ffff, offset + 8)] {
        let digits = hexOfNibbles(unpacked(half)).bigEndian
        target.storeBytes(of: digits, toByteOffset: place, as: UInt64.self)
      }
    }
    write(words.0, 0)
    write(words.1, 16)
    write(words.2, 32)
    write(words.3, 48)
  }
}

/// The value of each digit, in its byte; nonsense for bytes that are no digits.
private func nibblesOfHex(_ digits: UInt64) -> UInt64 {
  (digits & (ones &* 0x0f)) &+ ((digits >> 6) & ones) &* 9
}

private func hexOfNibbles(_ nibbles: UInt64) -> UInt64 {
  let isLetter = ((nibbles &+ ones &* 6) >> 4) & ones
  return nibbles &+ ones &* 0x30 &+ isLetter &* 0x27
}

/// Moves the nibbles of eight bytes together into 32 bits.
private func packed(_ nibbles: UInt64) -> UInt64 {
  var value = nibbles
  value = (value | value >> 4) & 0x00ff_00ff_00ff_00ff
  value = (value | value >> 8) & 0x0000_ffff_0000_ffff
  return (value | value >> 16) & 0xffff_ffff
}

/// Spreads the nibbles of 32 bits over eight bytes.
private func unpacked(_ value: UInt64) -> UInt64 {
  var nibbles = value
  nibbles = (nibbles | nibbles << 16) & 0x0000_ffff_0000_ffff
  nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff
  return (nibbles | nibbles << 4) & 0x0f0f_0f0f_0f0f_0f0f
}
