import Machine

/// Waits until what is changed from now on has a later time than all that was changed before.
package func waitForNextFileTime() {
  let now = currentPreciseTime()
  while currentFileTime() <= now { _ = StopSignal().wait(for: .milliseconds(1)) }
}
