/// Quantities as restic writes them.
package enum Quantity {
  /// Such as `12 B` or `1.654 KiB`.
  package static func bytes(_ count: UInt64) -> String {
    for (shift, unit) in [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")]
    where count >= 1 << UInt64(shift) {
      return fixed(Double(count) / Double(1 << UInt64(shift)), digits: 3) + " \(unit)"
    }
    return "\(count) B"
  }

  /// Such as `12 B` or `1.7 KiB`, where room is short.
  static func short(_ count: UInt64) -> String {
    let long = bytes(count)
    guard let point = long.firstIndex(of: ".") else { return long }
    return String(long[..<point]) + long[point...].prefix(2) + long[point...].dropFirst(4)
  }

  /// Such as `0:07` or `1:02:03`.
  package static func time(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    let short = "\(seconds / 60 % 60):\(padded(seconds % 60))"
    guard seconds >= 3600 else { return short }
    return "\(seconds / 3600):\(padded(seconds / 60 % 60)):\(padded(seconds % 60))"
  }

  /// Such as `37 ms`; tenths below ten milliseconds.
  static func milliseconds(_ duration: Duration) -> String {
    let value = duration.seconds * 1000
    return fixed(value, digits: value < 10 ? 1 : 0) + " ms"
  }

  /// Such as `55.34%`.
  static func percent(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "0.00%" }
    return fixed(min(100, 100 * Double(part) / Double(whole)), digits: 2) + "%"
  }

  /// Such as `[0:07] 25.00%  1 / 4 packs`.
  static func count(_ done: Int, of total: Int, _ what: String, in time: Duration) -> String {
    let percent = percent(UInt64(done), of: UInt64(total))
    return "[\(Self.time(time))] \(percent)  \(done) / \(total) \(what)"
  }

  /// `value` with exactly `digits` digits after the point.
  package static func fixed(_ value: Double, digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value.magnitude * Double(scale)).rounded(.toNearestOrEven))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % scale)
    return "\(sign)\(scaled / scale)."
      + String(repeating: "0", count: digits - fraction.count) + fraction
  }

  private static func padded(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

extension String {
  /// The text with spaces in front, at least `width` long.
  func aligned(right width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }

  /// The text with spaces behind, at least `width` long.
  func aligned(left width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
