// Go's encoding/json in its default form, which also escapes `<`, `>` and `&`.

private let hexDigits: StaticString = "0123456789abcdef"

/// Whether `byte` is ASCII that neither strconv.Quote nor encoding/json changes.
@inline(__always)
private func isPlain(_ byte: UInt8) -> Bool {
  // Bits 0x22, 0x26, 0x3c and 0x3e are `"`, `&`, `<` and `>`.
  let escapedBelow64: UInt64 = 0x5000_0044_ffff_ffff
  if byte < 0x40 { return (escapedBelow64 >> UInt64(byte)) & 1 == 0 }
  return byte < 0x7f && byte != UInt8(ascii: "\\")
}

extension ByteWriter {
  /// Appends a JSON string of `text`; bytes that are no UTF-8 become `\ufffd`.
  mutating func append(json text: UnsafeRawBufferPointer) {
    append(UInt8(ascii: "\""))
    var start = 0
    var index = 0
    while index < text.count {
      if isPlain(text[index]) {
        index += 1
        continue
      }
      append(UnsafeRawBufferPointer(rebasing: text[start..<index]))
      let rune = Rune(text, at: index)
      append(escaping: rune, UnsafeRawBufferPointer(rebasing: text[index..<index + rune.size]))
      index += rune.size
      start = index
    }
    append(UnsafeRawBufferPointer(rebasing: text[start...]))
    append(UInt8(ascii: "\""))
  }

  mutating func append(json text: [UInt8]) {
    text.withUnsafeBytes { append(json: $0) }
  }

  mutating func append(json text: String) {
    var text = text
    text.withUTF8 { append(json: UnsafeRawBufferPointer($0)) }
  }

  private mutating func append(escaping rune: Rune, _ bytes: UnsafeRawBufferPointer) {
    guard rune.isValid else { return append("\\ufffd") }
    switch rune.scalar {
    case 0x22: append("\\\"")
    case 0x5c: append("\\\\")
    case 0x08: append("\\b")
    case 0x0c: append("\\f")
    case 0x0a: append("\\n")
    case 0x0d: append("\\r")
    case 0x09: append("\\t")
    case 0..<0x20, 0x3c, 0x3e, 0x26:
      append("\\u00")
      append(hexDigits.utf8Start[Int(rune.scalar >> 4)])
      append(hexDigits.utf8Start[Int(rune.scalar & 15)])
    case 0x2028: append("\\u2028")
    case 0x2029: append("\\u2029")
    default: append(bytes)
    }
  }

  /// Appends a JSON string of `name` as restic writes names: quoted first.
  mutating func append(quotedJSON name: [UInt8]) {
    name.withUnsafeBytes { bytes in
      if bytes.allSatisfy(isPlain) {
        append(UInt8(ascii: "\""))
        append(bytes)
        append(UInt8(ascii: "\""))
      } else {
        append(json: goQuoted(bytes))
      }
    }
  }

  mutating func append(json digest: Digest) {
    append(UInt8(ascii: "\""))
    append(hex: digest)
    append(UInt8(ascii: "\""))
  }

  mutating func append(json time: NodeTime) {
    append(UInt8(ascii: "\""))
    append(rfc3339: time)
    append(UInt8(ascii: "\""))
  }

  mutating func append(base64 bytes: [UInt8]) {
    append(UInt8(ascii: "\""))
    append(base64Encoded(bytes))
    append(UInt8(ascii: "\""))
  }

  /// Appends a JSON array, each element by `write`.
  mutating func append<Element>(
    array elements: [Element],
    _ write: (inout ByteWriter, Element) -> Void
  ) {
    append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { append(UInt8(ascii: ",")) }
      write(&self, element)
    }
    append(UInt8(ascii: "]"))
  }

  mutating func append(members: [JSONMember]) {
    for member in members {
      append(UInt8(ascii: ","))
      append(json: member.name)
      append(UInt8(ascii: ":"))
      append(member.value)
    }
  }
}

/// Returns a JSON string of `text`, with quotes; bytes that are no UTF-8 become `\ufffd`.
package func goJSON(_ text: [UInt8]) -> [UInt8] {
  var writer = ByteWriter(capacity: text.count + 2)
  writer.append(json: text)
  return writer.copied()
}
