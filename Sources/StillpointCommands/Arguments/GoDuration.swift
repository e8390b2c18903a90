/// Reads a length of time as Go writes it, such as `500ms`, `2s` or `1h30m`; nil for anything
/// else.
package func parseDuration(_ text: String) -> Duration? {
  if text == "0" { return .zero }
  var rest = text[...]
  var sum = 0.0
  guard !rest.isEmpty else { return nil }
  while !rest.isEmpty {
    let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits), number.isFinite else { return nil }
    rest = rest.dropFirst(digits.count)
    let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
    let seconds: [Substring: Double] = [
      "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
    ]
    guard let factor = seconds[unit] else { return nil }
    sum += number * factor
    rest = rest.dropFirst(unit.count)
  }
  return sum <= 1e9 ? .nanoseconds(Int64((sum * 1e9).rounded())) : nil
}

/// A length of time as Go writes it, such as `1h5m0.25s` or `2.5ms`; to the nanosecond.
package func goText(_ duration: Duration) -> String {
  let (seconds, attoseconds) = duration.components
  let nanoseconds = attoseconds / 1_000_000_000
  func decimal(_ whole: Int64, _ fraction: Int64, digits: Int) -> String {
    let text = String(fraction)
    let padded = String(repeating: "0", count: digits - text.count) + text
    let rest = String(padded.reversed().drop { $0 == "0" }.reversed())
    return rest.isEmpty ? "\(whole)" : "\(whole).\(rest)"
  }
  if seconds == 0 {
    switch nanoseconds {
    case 0: return "0s"
    case ..<1000: return "\(nanoseconds)ns"
    case ..<1_000_000: return decimal(nanoseconds / 1000, nanoseconds % 1000, digits: 3) + "µs"
    default: return decimal(nanoseconds / 1_000_000, nanoseconds % 1_000_000, digits: 6) + "ms"
    }
  }
  let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
  return (hours > 0 ? "\(hours)h" : "") + (hours > 0 || minutes > 0 ? "\(minutes)m" : "")
    + decimal(seconds % 60, nanoseconds, digits: 9) + "s"
}

extension Duration {
  /// In seconds; for people and for JSON.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
