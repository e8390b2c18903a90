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
