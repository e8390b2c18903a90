package import Machine

/// Unmounts what nobody uses; a program of another test may look into every mount for a moment,
/// so it is tried for ten seconds.
///
/// - Throws: ``CommandError``.
package func unmount(_ mountPoint: FilePath) throws {
  let end = ContinuousClock.now + .seconds(10)
  while true {
    do {
      try SystemCommandRunner().run(Command("umount", mountPoint.string))
      return
    } catch {
      guard error.standardError.contains("busy"), ContinuousClock.now < end else { throw error }
      _ = StopSignal().wait(for: .milliseconds(20))
    }
  }
}
