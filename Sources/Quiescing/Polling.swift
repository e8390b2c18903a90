import Machine

/// How long every moment counts: programs that write without a break pause for microseconds.
private let spinLength = Duration.milliseconds(20)

/// Tries again and again, first without a break and then in bursts.
///
/// - Parameters:
///   - deadline: After it nothing is tried any more; before that at least once.
///   - isDone: One try; returns whether it was the last.
func poll(until deadline: ContinuousClock.Instant, _ isDone: () -> Bool) {
  let clock = ContinuousClock()
  let spinEnd = clock.now.advanced(by: spinLength)
  while true {
    for _ in 0..<16 {
      if isDone() { return }
      if clock.now >= deadline { return }
      yieldProcessor()
    }
    if clock.now >= spinEnd { _ = StopSignal().wait(for: .microseconds(100)) }
  }
}
