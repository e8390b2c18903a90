import Machine

/// How long every moment counts: programs that write without a break pause for microseconds.
private let spinLength = Duration.milliseconds(20)

/// Tries again and again.
///
/// Where we may come first, it wakes up every few microseconds, whoever runs then: on a machine
/// with one processor nobody else sees a program between two of its system calls. Otherwise it
/// tries without a break for a while, and then in bursts.
///
/// - Parameters:
///   - deadline: After it nothing is tried any more; before that at least once.
///   - isDone: One try; returns whether it was the last.
/// - Returns: Whether it was done by the deadline.
@discardableResult
func poll(until deadline: ContinuousClock.Instant, _ isDone: () -> Bool) -> Bool {
  let clock = ContinuousClock()
  return urgently { isUrgent in
    let spinEnd = clock.now.advanced(by: spinLength)
    while true {
      for _ in 0..<(isUrgent ? 1 : 16) {
        if isDone() { return true }
        if clock.now >= deadline { return false }
        if !isUrgent { yieldProcessor() }
      }
      if isUrgent {
        idle(for: .microseconds(20))
      } else if clock.now >= spinEnd {
        idle(for: .microseconds(100))
      }
    }
  }
}
