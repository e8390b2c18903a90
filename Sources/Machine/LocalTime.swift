import Glibc

/// A moment as calendar and clock show it.
package struct CalendarTime: Hashable, Sendable {
  package var year: Int
  /// 1 to 12.
  package var month: Int
  package var day: Int
  package var hour: Int
  package var minute: Int
  package var second: Int
  /// Seconds east of UTC.
  package var utcOffset: Int32
  /// The abbreviation of the zone, such as `CET`.
  package var zone: String

  /// Reads the clock of this process's zone at a moment.
  ///
  /// The corresponding C function is `localtime_r`.
  ///
  /// - Parameter seconds: Since 1970-01-01T00:00:00Z.
  package init(local seconds: Int64) {
    var moment = time_t(seconds)
    var parts = tm()
    localtime_r(&moment, &parts)
    self.init(parts)
  }

  /// Reads a clock that is `utcOffset` seconds ahead of UTC.
  ///
  /// The corresponding C function is `gmtime_r`.
  ///
  /// - Parameters:
  ///   - seconds: Since 1970-01-01T00:00:00Z.
  ///   - utcOffset: Of the clock.
  package init(at seconds: Int64, utcOffset: Int32) {
    var moment = time_t(seconds + Int64(utcOffset))
    var parts = tm()
    gmtime_r(&moment, &parts)
    self.init(parts)
    self.utcOffset = utcOffset
  }

  private init(_ parts: tm) {
    year = Int(parts.tm_year) + 1900
    month = Int(parts.tm_mon) + 1
    day = Int(parts.tm_mday)
    hour = Int(parts.tm_hour)
    minute = Int(parts.tm_min)
    second = Int(parts.tm_sec)
    utcOffset = Int32(parts.tm_gmtoff)
    zone = parts.tm_zone.map { String(cString: $0) } ?? ""
  }

  /// The moment at which the clock of this process's zone shows a date and time.
  ///
  /// The corresponding C function is `mktime`.
  ///
  /// - Parameters:
  ///   - date: Year, month from 1, day.
  ///   - time: Hour, minute, second.
  /// - Returns: Seconds since 1970-01-01T00:00:00Z; nil when there is no such date or time.
  package static func seconds(
    date: (year: Int, month: Int, day: Int),
    time: (hour: Int, minute: Int, second: Int)
  ) -> Int64? {
    var parts = tm()
    parts.tm_year = CInt(truncatingIfNeeded: date.year - 1900)
    parts.tm_mon = CInt(truncatingIfNeeded: date.month - 1)
    parts.tm_mday = CInt(truncatingIfNeeded: date.day)
    parts.tm_hour = CInt(truncatingIfNeeded: time.hour)
    parts.tm_min = CInt(truncatingIfNeeded: time.minute)
    parts.tm_sec = CInt(truncatingIfNeeded: time.second)
    parts.tm_isdst = -1
    let seconds = mktime(&parts)
    // An impossible date comes back as another one. An hour that a zone skips does too, and is
    // meant.
    guard parts.tm_mday == date.day, parts.tm_mon == date.month - 1 else { return nil }
    return (0..<24 ~= time.hour && 0..<60 ~= time.minute && 0..<60 ~= time.second)
      ? Int64(seconds) : nil
  }
}
