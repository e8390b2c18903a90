/// Text that can hold any bytes, so that arguments which aren't UTF-8 pass through a parser
/// of text.
///
/// Bytes that aren't UTF-8 become the code points U+10F700 to U+10F7FF, and so do the bytes of
/// those code points themselves: both directions are exact.
package enum ByteText {
  private static let first: UInt32 = 0x10_f700

  /// The text that stands for `bytes`.
  package static func text(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self),
      !text.unicodeScalars.contains(where: isStandIn)
    {
      return text
    }
    var scalars = String.UnicodeScalarView()
    var rest = bytes[...]
    while let byte = rest.first {
      let scalar = (1...4).lazy.compactMap { length -> (Unicode.Scalar, Int)? in
        guard let text = String(validating: rest.prefix(length), as: UTF8.self) else { return nil }
        let scalars = text.unicodeScalars
        return scalars.count == 1 ? scalars.first.map { ($0, length) } : nil
      }.first
      if let scalar, !isStandIn(scalar.0) {
        scalars.append(scalar.0)
        rest = rest.dropFirst(scalar.1)
      } else {
        if let standIn = Unicode.Scalar(first + UInt32(byte)) { scalars.append(standIn) }
        rest = rest.dropFirst()
      }
    }
    return String(scalars)
  }

  /// The bytes that `text` stands for.
  package static func bytes(_ text: String) -> [UInt8] {
    guard text.unicodeScalars.contains(where: isStandIn) else { return Array(text.utf8) }
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      if isStandIn(scalar) {
        bytes.append(UInt8(scalar.value - first))
      } else {
        bytes += Array(String(scalar).utf8)
      }
    }
    return bytes
  }

  private static func isStandIn(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value & ~0xff == first
  }
}
