/// What snapshots are counted by: each one, or one an hour, a day, a week, a month, a year.
package enum RetentionPeriod: String, CaseIterable, Hashable, Sendable {
  case last, hourly, daily, weekly, monthly, yearly

  /// A number that is the same for all moments of one such period, by the clock that wrote `time`.
  ///
  /// - Parameters:
  ///   - time: A snapshot's.
  ///   - position: The snapshot's place in the list; each is a period of its own for `last`.
  /// - Returns: The number.
  package func number(of time: NodeTime, at position: Int) -> Int {
    let clock = time.seconds + Int64(time.utcOffset)
    let days = Int(clock.floored(by: 86_400))
    let date = CivilDate(daysSince1970: days)
    switch self {
    case .last: return position
    case .hourly: return days * 24 + Int(clock.modulo(86_400) / 3600)
    case .daily: return days
    // 1970 began on a Thursday.
    case .weekly: return (days + 3).floored(by: 7)
    case .monthly: return date.year * 12 + date.month
    case .yearly: return date.year
    }
  }
}
