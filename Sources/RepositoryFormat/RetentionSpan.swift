/// A length of time as restic writes it for retention: `1y5m7d2h`, each part at most once.
package struct RetentionSpan: Hashable, Sendable {
  package var years = 0
  package var months = 0
  package var days = 0
  package var hours = 0

  package init() {}

  /// Reads `text`; nothing is no time at all.
  ///
  /// - Throws: ``FormatError`` when a number has no unit, there is none, or it is beyond all time.
  package init(parsing text: String) throws(FormatError) {
    var rest = Substring(text)
    while rest.first?.isWhitespace ?? false { rest.removeFirst() }
    while rest.last?.isWhitespace ?? false { rest.removeLast() }
    while !rest.isEmpty {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      if rest.first == "-" {
        throw FormatError("duration", "durations containing negative values are not allowed")
      }
      guard let number = Int(digits) else { throw FormatError("duration", "no number found") }
      if number > 1_000_000_000 { throw FormatError("duration", "\(number) is too long") }
      rest = rest.dropFirst(digits.count)
      switch rest.popFirst() {
      case "y": years = number
      case "m": months = number
      case "d": days = number
      case "h": hours = number
      case nil: throw FormatError("duration", "no unit found after number \(number)")
      case let unit?:
        throw FormatError("duration", "invalid unit '\(unit)' found after number \(number)")
      }
    }
  }

  package var isZero: Bool { self == RetentionSpan() }

  /// Without the parts that are none.
  package var text: String {
    [(years, "y"), (months, "m"), (days, "d"), (hours, "h")]
      .map { number, unit in number == 0 ? "" : "\(number)\(unit)" }.joined()
  }
}

extension NodeTime {
  /// The moment that is `span` earlier: years, months and days by the calendar, as restic counts.
  ///
  /// A day that its month doesn't have is one of the next month.
  /// Source: Go's `time.Time.AddDate`.
  ///
  /// - Parameters:
  ///   - span: How long before.
  ///   - localOffset: What the clock of this machine is ahead of UTC at a moment; where it agrees
  ///     with this time's offset, the clock goes forward and back as that one does.
  /// - Returns: The moment, with the offset that the clock has then.
  package func before(_ span: RetentionSpan, localOffset: (Int64) -> Int32) -> NodeTime {
    let clock = seconds + Int64(utcOffset)
    let today = CivilDate(daysSince1970: Int(clock.floored(by: 86_400)))
    let months = today.year * 12 + today.month - 1 - span.years * 12 - span.months
    let first = CivilDate(year: months.floored(by: 12), month: months.modulo(12) + 1, day: 1)
    let day = first.daysSince1970 + today.day - 1 - span.days
    let shown = Int64(day) * 86_400 + clock.modulo(86_400)
    var offset = utcOffset
    if offset != 0, localOffset(seconds) == offset {
      offset = localOffset(shown)
      if localOffset(shown - Int64(offset)) != offset {
        offset = localOffset(shown - Int64(offset))
      }
    }
    return NodeTime(
      seconds: shown - Int64(offset) - Int64(span.hours) * 3600,
      nanoseconds: nanoseconds,
      utcOffset: offset
    )
  }
}

extension BinaryInteger {
  /// The quotient, rounded down.
  func floored(by divisor: Self) -> Self { (self - modulo(divisor)) / divisor }

  /// The remainder, never negative for a positive divisor.
  func modulo(_ divisor: Self) -> Self {
    let rest = self % divisor
    return rest < 0 ? rest + divisor : rest
  }
}
