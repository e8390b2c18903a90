import Glibc

/// How far the process's local time is ahead of UTC, moment by moment; used by one thread.
///
/// Asking the C library for every time stored would take a lock each time: what it said is kept
/// for quarters of an hour, within which no zone changes twice.
package final class LocalTimeOffsets {
  private struct Slot {
    var quarter: Int64
    var offset: Int32
  }

  private static let quarter: Int64 = 900
  private var slots: [Slot]

  package init() {
    slots = Array(repeating: Slot(quarter: .max, offset: 0), count: 1024)
  }

  /// Seconds east of UTC at `seconds` since 1970.
  ///
  /// The corresponding C function is `localtime_r`.
  package func offset(at seconds: Int64) -> Int32 {
    var quarter = seconds / Self.quarter
    if seconds % Self.quarter < 0 { quarter -= 1 }
    let index = Int(truncatingIfNeeded: quarter) & (slots.count - 1)
    if slots[index].quarter == quarter { return slots[index].offset }
    let first = Self.lookUp(quarter * Self.quarter)
    if first == Self.lookUp(quarter * Self.quarter + Self.quarter - 1) {
      slots[index] = Slot(quarter: quarter, offset: first)
      return first
    }
    return Self.lookUp(seconds)
  }

  private static func lookUp(_ seconds: Int64) -> Int32 {
    var moment = time_t(seconds)
    var parts = tm()
    guard localtime_r(&moment, &parts) != nil else { return 0 }
    return Int32(parts.tm_gmtoff)
  }
}

extension LocalTimeOffsets {
  /// A change of how far local time is ahead of UTC.
  package struct Change: Hashable, Sendable {
    /// The first second of it, since 1970.
    package var start: Int64
    /// Seconds east of UTC.
    package var offset: Int32
  }

  /// What makes the process's zone what it is: its changes from 1900 to 2100, but for those that
  /// are taken back within the same week.
  package static let changes = findChanges()

  /// Asks about every week: ten thousand calls.
  private static func findChanges() -> [Change] {
    let week: Int64 = 7 * 86400
    let start: Int64 = -2_208_988_800
    var found = [Change(start: start, offset: lookUp(start))]
    for moment in stride(from: start + week, to: 4_102_444_800, by: Int(week)) {
      let (before, offset) = (found[found.count - 1].offset, lookUp(moment))
      if offset == before { continue }
      var (low, high) = (moment - week, moment)
      while high - low > 1 {
        let middle = low + (high - low) / 2
        if lookUp(middle) == before { low = middle } else { high = middle }
      }
      found.append(Change(start: high, offset: offset))
    }
    return found
  }
}
