import Machine

extension CloneLadder {
  /// Copies while nobody has the file open for writing.
  func copyUnderLease() throws -> Made? {
    guard kind.hasSoundLeases else {
      return pass("leases on the file system of \(places.source) prove nothing")
    }
    for _ in 1...Self.attemptsMax {
      do {
        if let made = try copyUnderOneLease() { return made }
        return pass("somebody has \(places.source) open for writing")
      } catch is LeaseBroken {
        // Whoever came may be done soon.
        _ = StopSignal().wait(for: .milliseconds(20))
      } catch let error as SystemCallError where error.call == "F_SETLEASE" {
        return pass("\(error)")
      }
    }
    return pass("somebody opened \(places.source) for writing each time while it was copied")
  }

  /// One try; nil when somebody writes.
  private func copyUnderOneLease() throws -> Made? {
    guard let lease = try FileLease.reading(source.raw, subject: places.source) else {
      return nil
    }
    let made = Made(method: .lease, metadata: try metadata(), instant: currentFileTime())
    try duplicate.update {
      try interruption.check()
      if !lease.isIntact { throw LeaseBroken() }
    }
    if !lease.isIntact { throw LeaseBroken() }
    return made
  }
}

/// Somebody waits for writing to the file.
private struct LeaseBroken: Error {}
