import Machine
package import RepositoryFormat

/// A time as restic shows it to people.
package struct Moment {
  let time: NodeTime

  /// Makes a moment of a stored time.
  package init(_ time: NodeTime) { self.time = time }

  /// Such as `2026-11-21 07:02:27`, in local time.
  package var short: String { Self.text(CalendarTime(local: time.seconds)) }

  /// As Go writes a time: `2026-11-21 07:02:27.418980478 +0000 UTC`, in the zone it was taken.
  package var long: String {
    let calendar = CalendarTime(at: time.seconds, utcOffset: time.utcOffset)
    let minutes = abs(Int(time.utcOffset)) / 60
    let offset =
      (time.utcOffset < 0 ? "-" : "+") + Self.padded(minutes / 60, 2)
      + Self.padded(minutes % 60, 2)
    let local = CalendarTime(local: time.seconds)
    let zone =
      time.utcOffset == 0 ? "UTC" : local.utcOffset == time.utcOffset ? local.zone : offset
    return "\(Self.text(calendar))\(fraction) \(offset) \(zone)"
  }

  private var fraction: String {
    guard time.nanoseconds > 0 else { return "" }
    let digits = Self.padded(Int(time.nanoseconds), 9)
    let trailing = digits.reversed().prefix { $0 == "0" }.count
    return "." + digits.dropLast(trailing)
  }

  private static func text(_ calendar: CalendarTime) -> String {
    let date = [padded(calendar.year, 4), padded(calendar.month, 2), padded(calendar.day, 2)]
    let time = [calendar.hour, calendar.minute, calendar.second].map { padded($0, 2) }
    return date.joined(separator: "-") + " " + time.joined(separator: ":")
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Reads `2006-01-02 15:04:05` in local time; nil for anything else.
  package static func parse(_ text: String) -> NodeTime? {
    let halves = text.split(separator: " ", omittingEmptySubsequences: false)
    guard halves.count == 2 else { return nil }
    let date = halves[0].split(separator: "-", omittingEmptySubsequences: false)
    let time = halves[1].split(separator: ":", omittingEmptySubsequences: false)
    let widths = date.map(\.utf8.count) + time.map(\.utf8.count)
    let numbers = (date + time).compactMap { UInt($0).map { Int($0) } }
    guard widths == [4, 2, 2, 2, 2, 2], numbers.count == 6 else { return nil }
    let seconds = CalendarTime.seconds(
      date: (numbers[0], numbers[1], numbers[2]),
      time: (numbers[3], numbers[4], numbers[5])
    )
    return seconds.map {
      let offset = CalendarTime(local: $0).utcOffset
      return NodeTime(seconds: $0, nanoseconds: 0, utcOffset: offset)
    }
  }
}

extension Quantity {
  /// How long ago a time is, as Go writes it, such as `3h5m0.25s`; `0s` for times to come.
  static func age(of time: NodeTime) -> String {
    let now = Host.now
    let past = Duration(
      secondsComponent: now.seconds - time.seconds,
      attosecondsComponent: (Int64(now.nanoseconds) - Int64(time.nanoseconds)) * 1_000_000_000
    )
    return goText(max(.zero, past))
  }
}

extension NodeTime {
  /// This moment, in this machine's zone.
  static var now: NodeTime {
    let now = Host.now
    return NodeTime(
      seconds: now.seconds,
      nanoseconds: now.nanoseconds,
      utcOffset: CalendarTime(local: now.seconds).utcOffset
    )
  }
}
