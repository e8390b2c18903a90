/// The 16 bytes that name a file system or a subvolume, whatever it is mounted as.
package struct VolumeID: Hashable, Sendable, CustomStringConvertible {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads 32 hexadecimal digits, passing over dashes; nil for anything else.
  package init?(_ text: some StringProtocol) {
    let digits = String(text.filter { $0 != "-" })
    guard digits.utf8.count == 32,
      digits.allSatisfy({ $0.isHexDigit && $0.isASCII }),
      let high = UInt64(digits.prefix(16), radix: 16),
      let low = UInt64(digits.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  init(bytes: some Sequence<UInt8>) {
    var words: (UInt64, UInt64) = (0, 0)
    for (index, byte) in bytes.enumerated() {
      if index < 8 {
        words.0 = words.0 << 8 | UInt64(byte)
      } else {
        words.1 = words.1 << 8 | UInt64(byte)
      }
    }
    self.init(high: words.0, low: words.1)
  }

  /// A new one that nothing else has.
  package static func random() -> VolumeID {
    VolumeID(high: .random(in: 1...UInt64.max), low: .random(in: 0...UInt64.max))
  }

  /// Whether it is all zero, which names nothing.
  package var isZero: Bool { high == 0 && low == 0 }

  /// 32 lower-case hexadecimal digits.
  package var digits: String {
    [high, low].map { word in
      let text = String(word, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }.joined()
  }

  /// As `blkid` and `btrfs` write it.
  package var description: String {
    var rest = digits[...]
    return [8, 4, 4, 4, 12].map { count in
      let part = rest.prefix(count)
      rest = rest.dropFirst(count)
      return String(part)
    }.joined(separator: "-")
  }
}
