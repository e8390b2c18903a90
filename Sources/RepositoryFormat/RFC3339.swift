/// Returns `time` as Go's RFC3339Nano: `2006-01-02T15:04:05.999999999Z07:00`.
///
/// Years before 0 become 0 and years after 9999 become 9999, as restic does.
package func formatRFC3339Nano(_ time: NodeTime) -> String {
  var writer = ByteWriter(capacity: 64)
  writer.append(rfc3339: time)
  return String(decoding: writer.bytes, as: UTF8.self)
}

/// Reads a time in RFC 3339, with any number of decimals; nil for anything else.
package func parseRFC3339(_ text: String) -> NodeTime? {
  Array(text.utf8).withUnsafeBytes { NodeTime(rfc3339: $0) }
}

extension ByteWriter {
  mutating func append(rfc3339 time: NodeTime) {
    let offset = Int(time.utcOffset)
    // Far beyond the years that can be written, and safe to calculate with.
    let limit: Int64 = 1 << 50
    let local = Int(min(max(time.seconds, -limit), limit)) + offset
    let second = floorRemainder(local, 86400)
    let date = CivilDate(daysSince1970: (local - second) / 86400).inFourDigits
    append(date.year, width: 4)
    append(UInt8(ascii: "-"))
    append(date.month, width: 2)
    append(UInt8(ascii: "-"))
    append(date.day, width: 2)
    append(UInt8(ascii: "T"))
    append(second / 3600, width: 2)
    append(UInt8(ascii: ":"))
    append(second / 60 % 60, width: 2)
    append(UInt8(ascii: ":"))
    append(second % 60, width: 2)
    append(fraction: Int(time.nanoseconds))
    append(zone: offset)
  }

  private mutating func append(fraction nanoseconds: Int) {
    guard nanoseconds > 0 else { return }
    var digits = nanoseconds
    var width = 9
    while digits % 10 == 0 {
      digits /= 10
      width -= 1
    }
    append(UInt8(ascii: "."))
    append(digits, width: width)
  }

  private mutating func append(zone offset: Int) {
    guard offset != 0 else { return append(UInt8(ascii: "Z")) }
    // Toward zero, to minutes: so does Go.
    let minutes = offset / 60
    append(minutes < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
    append(abs(minutes) / 60, width: 2)
    append(UInt8(ascii: ":"))
    append(abs(minutes) % 60, width: 2)
  }
}

extension NodeTime {
  /// Reads a time in RFC 3339, with any number of decimals; nil for anything else.
  init?(rfc3339 text: UnsafeRawBufferPointer) {
    guard
      text.count >= 20,
      text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), text[10] == UInt8(ascii: "T"),
      text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
      let year = number(text, at: 0, count: 4),
      let month = number(text, at: 5, count: 2), (1...12).contains(month),
      let day = number(text, at: 8, count: 2),
      let hour = number(text, at: 11, count: 2), hour < 24,
      let minute = number(text, at: 14, count: 2), minute < 60,
      let second = number(text, at: 17, count: 2), second < 60
    else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    guard (1...date.daysInMonth).contains(day) else { return nil }
    var index = 19
    guard
      let nanoseconds = Self.nanoseconds(text, &index),
      let offset = Self.offset(text, index)
    else { return nil }
    let local = Int64(date.daysSince1970 * 86400 + hour * 3600 + minute * 60 + second)
    self.init(
      seconds: local - Int64(offset),
      nanoseconds: nanoseconds,
      utcOffset: Int32(offset)
    )
  }

  private static func nanoseconds(_ text: UnsafeRawBufferPointer, _ index: inout Int) -> UInt32? {
    guard text[index] == UInt8(ascii: ".") else { return 0 }
    index += 1
    let start = index
    var value: UInt32 = 0
    var scale: UInt32 = 1_000_000_000
    while index < text.count {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      scale /= 10
      value += UInt32(digit) * scale
      index += 1
    }
    return index > start ? value : nil
  }

  /// Reads the zone, which ends the text.
  private static func offset(_ text: UnsafeRawBufferPointer, _ index: Int) -> Int? {
    if text.count - index == 1 { return text[index] == UInt8(ascii: "Z") ? 0 : nil }
    guard
      text.count - index == 6,
      text[index + 3] == UInt8(ascii: ":"),
      let hours = number(text, at: index + 1, count: 2), hours <= 24,
      let minutes = number(text, at: index + 4, count: 2), minutes < 60
    else { return nil }
    let offset = hours * 3600 + minutes * 60
    switch text[index] {
    case UInt8(ascii: "+"): return offset
    case UInt8(ascii: "-"): return -offset
    default: return nil
    }
  }
}

/// Reads `count` decimal digits at `index`, which are within `text`.
@inline(__always)
private func number(_ text: UnsafeRawBufferPointer, at index: Int, count: Int) -> Int? {
  var value = 0
  for byte in text[index..<index + count] {
    let digit = byte &- UInt8(ascii: "0")
    guard digit <= 9 else { return nil }
    value = value &* 10 &+ Int(digit)
  }
  return value
}

private func floorRemainder(_ value: Int, _ divisor: Int) -> Int {
  let remainder = value % divisor
  return remainder < 0 ? remainder + divisor : remainder
}
