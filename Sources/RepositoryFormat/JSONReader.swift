/// The name of an object's member, as it stands between the quotes.
struct JSONKey {
  let raw: UnsafeRawBufferPointer

  static func ~= (name: StaticString, key: JSONKey) -> Bool {
    guard key.raw.count == name.utf8CodeUnitCount else { return false }
    for index in 0..<name.utf8CodeUnitCount where key.raw[index] != name.utf8Start[index] {
      return false
    }
    return true
  }
}

/// Reads JSON value by value, without building a tree of it.
///
///     if try reader.enterObject() {
///       while let key = try reader.nextKey() {
///         switch key {
///         case "name": name = try reader.string()
///         default: try reader.skipValue()
///         }
///       }
///     }
///
/// As in Go, `null` stands for nothing everywhere: no members, no elements, zero, an empty string.
struct JSONReader {
  let bytes: UnsafeRawBufferPointer
  var position = 0
  private let subject: String
  private var isFirst = true

  init(_ bytes: UnsafeRawBufferPointer, subject: String) {
    self.bytes = bytes
    self.subject = subject
  }

  func failure(_ reason: String) -> FormatError {
    FormatError(subject, reason, offset: position)
  }

  /// The next byte that is no white space, or 0 at the end.
  mutating func peek() -> UInt8 {
    while position < bytes.count {
      let byte = bytes[position]
      if byte > 0x20 { return byte }
      guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
      position += 1
    }
    return 0
  }

  mutating func expect(_ byte: Unicode.Scalar) throws(FormatError) {
    guard peek() == UInt8(ascii: byte), position < bytes.count else {
      throw failure("expected \"\(byte)\"")
    }
    position += 1
  }

  /// Whether the next value is `null`, which is then read.
  mutating func readNull() throws(FormatError) -> Bool {
    guard peek() == UInt8(ascii: "n") else { return false }
    try expectWord("null")
    return true
  }

  private mutating func expectWord(_ word: StaticString) throws(FormatError) {
    guard bytes.count - position >= word.utf8CodeUnitCount else { throw failure("cut off") }
    for index in 0..<word.utf8CodeUnitCount {
      guard bytes[position + index] == word.utf8Start[index] else {
        throw failure("expected \(word)")
      }
    }
    position += word.utf8CodeUnitCount
  }

  /// Begins to read an object; false for `null`.
  mutating func enterObject() throws(FormatError) -> Bool {
    if try readNull() { return false }
    try expect("{")
    isFirst = true
    return true
  }

  /// Goes on to the next member's value and returns its key, or nil behind the object's end.
  mutating func nextKey() throws(FormatError) -> JSONKey? {
    if peek() == UInt8(ascii: "}") {
      position += 1
      isFirst = false
      return nil
    }
    if !isFirst { try expect(",") }
    isFirst = false
    let key = JSONKey(raw: try rawString().bytes)
    try expect(":")
    return key
  }

  /// Begins to read an array; false for `null`.
  mutating func enterArray() throws(FormatError) -> Bool {
    if try readNull() { return false }
    try expect("[")
    isFirst = true
    return true
  }

  /// Goes on to the next element; false behind the array's end.
  mutating func nextElement() throws(FormatError) -> Bool {
    if peek() == UInt8(ascii: "]") {
      position += 1
      isFirst = false
      return false
    }
    if !isFirst { try expect(",") }
    isFirst = false
    return true
  }

  /// Demands that nothing but white space is left.
  mutating func finish() throws(FormatError) {
    _ = peek()
    guard position == bytes.count else { throw failure("more than one value") }
  }

  mutating func boolean() throws(FormatError) -> Bool {
    if try readNull() { return false }
    if peek() == UInt8(ascii: "t") {
      try expectWord("true")
      return true
    }
    try expectWord("false")
    return false
  }

  /// Reads past one value and returns its bytes.
  @discardableResult
  mutating func skipValue() throws(FormatError) -> UnsafeRawBufferPointer {
    _ = peek()
    let start = position
    try skip(depth: 0)
    return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
  }

  private mutating func skip(depth: Int) throws(FormatError) {
    // Recursion takes stack, and threads have little of it.
    guard depth < 200 else { throw failure("values nested too deeply") }
    switch peek() {
    case UInt8(ascii: "{"):
      _ = try enterObject()
      while try nextKey() != nil { try skip(depth: depth + 1) }
    case UInt8(ascii: "["):
      _ = try enterArray()
      while try nextElement() { try skip(depth: depth + 1) }
    case UInt8(ascii: "\""): _ = try rawString()
    case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try boolean()
    case UInt8(ascii: "n"): _ = try readNull()
    default: _ = try rawNumber()
    }
  }
}
