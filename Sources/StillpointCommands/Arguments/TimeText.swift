import Machine
package import RepositoryFormat

/// Reads a time as `find` takes it; nil for anything else.
///
/// A date is `2006-01-02` or `02.01.2006`. A time of day may follow, `15:04` or `15:04:05`, and
/// behind seconds a zone, `-0700` or `MST`; else it is local time. As `date` prints it a time is
/// `Mon Jan 2 15:04:05 -0700 MST 2006`.
package func parseTimeText(_ text: String) -> NodeTime? {
  let words = text.split(separator: " ")
  switch words.count {
  case 1...3:
    let zone = words.count > 2 ? words[2] : nil
    return DateText(words[0])?.moment(words.count > 1 ? words[1] : "00:00", zone: zone)
  case 7:
    guard weekdays.contains(words[0]), let month = months.firstIndex(of: words[1]),
      let day = number(words[2], 1...2), let year = number(words[6], 4...4),
      isZoneName(words[5]), words[4].first.map({ "+-".contains($0) }) ?? false
    else { return nil }
    let date = DateText(year: year, month: month + 1, day: day)
    return date.moment(words[3], zone: words[4])
  default: return nil
  }
}

private let weekdays: [Substring] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
private let months: [Substring] = [
  "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
]

/// A day of the calendar.
private struct DateText {
  var year: Int
  var month: Int
  var day: Int

  init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  init?(_ text: Substring) {
    let isGerman = text.contains(".")
    let parts = text.split(separator: isGerman ? "." : "-", omittingEmptySubsequences: false)
    guard parts.count == 3, let month = number(parts[1], 2...2),
      let year = number(parts[isGerman ? 2 : 0], 4...4),
      let day = number(parts[isGerman ? 0 : 2], 2...2)
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// The moment at which clocks of a zone show this day and a time of day.
  func moment(_ text: Substring, zone: Substring?) -> NodeTime? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3 || parts.count == 2 && zone == nil,
      let hour = number(parts[0], 1...2), let minute = number(parts[1], 2...2)
    else { return nil }
    // Go reads decimals of a second wherever it reads seconds.
    let seconds = (parts.count > 2 ? parts[2] : "00").split(
      maxSplits: 1,
      omittingEmptySubsequences: false,
      whereSeparator: { $0 == "." || $0 == "," }
    )
    guard let second = number(seconds[0], 2...2) else { return nil }
    var nanoseconds: UInt32 = 0
    if seconds.count > 1 {
      let digits = seconds[1]
      guard let fraction = number(digits, 1...9) else { return nil }
      nanoseconds = UInt32((digits.count..<9).reduce(fraction) { value, _ in value * 10 })
    }
    let local = CalendarTime.seconds(date: (year, month, day), time: (hour, minute, second))
    guard let local else { return nil }
    guard let zone else {
      let offset = CalendarTime(local: local).utcOffset
      return NodeTime(seconds: local, nanoseconds: nanoseconds, utcOffset: offset)
    }
    guard let offset = utcOffset(zone, near: local) else { return nil }
    func padded(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
    let digits = String(repeating: "0", count: 4 - String(year).count) + String(year)
    let clock = "\(padded(hour)):\(padded(minute)):\(padded(second))Z"
    let utc = parseRFC3339("\(digits)-\(padded(month))-\(padded(day))T\(clock)")
    return utc.map {
      NodeTime(
        seconds: $0.seconds - Int64(offset),
        nanoseconds: nanoseconds,
        utcOffset: offset
      )
    }
  }
}

/// Seconds east of UTC of `-0700`, or of a name that this process's zone uses; other names count
/// as UTC, as in Go.
private func utcOffset(_ zone: Substring, near moment: Int64) -> Int32? {
  if let sign = zone.first, "+-".contains(sign) {
    let digits = zone.dropFirst()
    guard number(digits, 4...4) != nil, let hours = number(digits.prefix(2), 2...2),
      let minutes = number(digits.suffix(2), 2...2), hours <= 24, minutes < 60
    else { return nil }
    return Int32((sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60))
  }
  guard isZoneName(zone) else { return nil }
  let halfYear: Int64 = 182 * 86400
  let local = [moment, moment - halfYear, moment + halfYear].map { CalendarTime(local: $0) }
  return zone == "UTC" ? 0 : local.first { $0.zone == zone }?.utcOffset ?? 0
}

private func isZoneName(_ text: Substring) -> Bool {
  text.allSatisfy { ("A"..."Z").contains($0) }
    && (text.count == 3 || (4...5).contains(text.count) && text.last == "T")
}

/// Reads decimal digits, as many as `count` allows.
private func number(_ text: Substring, _ count: ClosedRange<Int>) -> Int? {
  guard count.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
  else { return nil }
  return Int(text)
}
