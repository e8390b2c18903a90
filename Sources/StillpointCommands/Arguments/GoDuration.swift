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

extension Duration {
  /// In seconds; for people and for JSON.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
