import Glibc

/// What the clock of file times and the one that nobody can set said at the same moment.
///
/// Both run at the same speed, also while the time is adjusted slowly: their difference changes
/// only when somebody sets the clock.
package struct ClockReading: Hashable, Sendable {
  /// The time minus the time since the boot is between these, in nanoseconds.
  package var differenceMin: Int64
  package var differenceMax: Int64

  package init(differenceMin: Int64, differenceMax: Int64) {
    self.differenceMin = differenceMin
    self.differenceMax = differenceMax
  }

  /// Reads both clocks.
  ///
  /// The corresponding C function is `clock_gettime` with `CLOCK_BOOTTIME` and `CLOCK_REALTIME`.
  package static func now() -> ClockReading {
    let before = nanoseconds(of: CLOCK_BOOTTIME)
    let time = nanoseconds(of: CLOCK_REALTIME)
    let after = nanoseconds(of: CLOCK_BOOTTIME)
    return ClockReading(differenceMin: time - after, differenceMax: time - before)
  }

  /// Whether the clock was set between the two readings.
  package func shows(setSince other: ClockReading) -> Bool {
    differenceMin > other.differenceMax || differenceMax < other.differenceMin
  }

  private static func nanoseconds(of clock: clockid_t) -> Int64 {
    var now = timespec()
    clock_gettime(clock, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }
}
