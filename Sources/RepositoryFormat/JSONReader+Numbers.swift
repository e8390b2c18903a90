extension JSONReader {
  /// Reads a whole number from 0 on that fits into `Value`.
  mutating func unsigned<Value: FixedWidthInteger & UnsignedInteger>(
    _ type: Value.Type = Value.self
  ) throws(FormatError) -> Value {
    if try readNull() { return 0 }
    let value = try digits()
    guard let result = Value(exactly: value) else { throw failure("number too large") }
    return result
  }

  /// Reads a whole number.
  mutating func signed() throws(FormatError) -> Int64 {
    if try readNull() { return 0 }
    guard peek() == UInt8(ascii: "-") else {
      guard let result = Int64(exactly: try digits()) else { throw failure("number too large") }
      return result
    }
    position += 1
    let magnitude = try digits()
    guard magnitude <= UInt64(Int64.max) else { throw failure("number too large") }
    return -Int64(magnitude)
  }

  private mutating func digits() throws(FormatError) -> UInt64 {
    _ = peek()
    let start = position
    var value: UInt64 = 0
    while position < bytes.count {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      // 19 digits always fit; the 20th may not.
      if position - start < 19 {
        value = value &* 10 &+ UInt64(digit)
      } else {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
        guard !overflow, !carry else { throw failure("number too large") }
        value = sum
      }
      position += 1
    }
    guard position > start else { throw failure("expected a number") }
    if position < bytes.count {
      let next = bytes[position]
      guard next != UInt8(ascii: "."), next | 0x20 != UInt8(ascii: "e") else {
        throw failure("expected a whole number")
      }
    }
    return value
  }

  /// Reads any number.
  mutating func double() throws(FormatError) -> Double {
    if try readNull() { return 0 }
    let text = String(decoding: try rawNumber(), as: UTF8.self)
    guard let value = Double(text), value.isFinite else { throw failure("number too large") }
    return value
  }

  /// Reads a number's bytes as they are stored.
  mutating func rawNumber() throws(FormatError) -> UnsafeRawBufferPointer {
    _ = peek()
    let start = position
    var end = start
    while end < bytes.count, isInNumber(bytes[end]) { end += 1 }
    guard isNumber(start..<end) else { throw failure("expected a value") }
    position = end
    return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
  }

  private func isInNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  /// Whether the text is a number as JSON defines it: `Double` takes more, such as `+1` and `1.`.
  private func isNumber(_ range: Range<Int>) -> Bool {
    var rest = bytes[range]
    func takeDigits() -> Int {
      let run = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      rest = rest.dropFirst(run.count)
      return run.count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let hasLeadingZero = rest.first == UInt8(ascii: "0")
    let whole = takeDigits()
    guard whole == 1 || whole > 1 && !hasLeadingZero else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard takeDigits() > 0 else { return false }
    }
    if let first = rest.first, first | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
        rest = rest.dropFirst()
      }
      guard takeDigits() > 0 else { return false }
    }
    return rest.isEmpty
  }
}
