package import Machine

/// Where, how long and with how much room databases are tried.
package struct ProofRequest: Sendable {
  /// A folder that is empty and nobody else's; what is left in it is removed with it.
  package var scratch: FilePath
  /// For all databases together, once they are found.
  package var timeout: Duration = .seconds(600)
  /// The largest database that is tried, in bytes.
  package var sizeMax: UInt64?
  /// Only what is at these paths or below them; everything when there is none.
  package var paths: [FilePath] = []
  package var interruption: Interruption

  package init(scratch: FilePath, interruption: Interruption = Interruption()) {
    self.scratch = scratch
    self.interruption = interruption
  }
}

/// What came out of trying the databases of a tree.
package struct ProofResult: Sendable {
  package var verdicts: [Verdict] = []
  /// What could not be read while databases were looked for.
  package var unreadable: [UnreadableEntry] = []

  package init() {}
}

/// Until when the work may last, and whether anybody still wants it.
final class ProofDeadline: Sendable {
  let end: ContinuousClock.Instant
  let interruption: Interruption

  init(in timeout: Duration, _ interruption: Interruption) {
    end = .now.advanced(by: timeout)
    self.interruption = interruption
  }

  /// Never negative.
  var timeLeft: Duration { max(.zero, ContinuousClock.now.duration(to: end)) }

  /// Whether to stop, for whatever reason.
  var isOver: Bool { interruption.isRequested || timeLeft == .zero }

  /// - Throws: ``Interrupted``, ``NoTimeLeft``.
  func check() throws {
    try interruption.check()
    if timeLeft == .zero { throw NoTimeLeft() }
  }
}

/// The time for trying databases is over.
struct NoTimeLeft: Error {}
