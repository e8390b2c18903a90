package import Machine

/// How an attempt to hold every writer went.
package struct PauseReport: Hashable, Sendable {
  package enum Outcome: Hashable, Sendable {
    /// Every writer that can be held is held, until ``Keeper/resume()`` or the deadline.
    case held
    /// The deadline came first; everybody is released again.
    ///
    /// - Parameter stuck: Who wasn't stopped by then, such as "tar (pid 12)".
    case late(stuck: [String])
    /// The caller's interruption came first; everybody is released again.
    case cancelled
  }

  package var outcome: Outcome
  /// Held processes and their threads.
  package var processes: Int
  /// Every process that can write to the volumes, also those that can't be held.
  package var writers: [ProcessID] = []
  package var threads: Int
  /// Openers that wait in the gate.
  package var trapped: Int
  /// Writers that can't be held, such as "bash (pid 12): an ancestor of this program"; whether
  /// they slept through the pause is in ``Proof/unheld``.
  package var unpausable: [String]
  /// How often the process table was read until no new writer appeared.
  package var scans: Int
  /// The longest of those readings.
  package var scanning: Duration
  /// From the first stop to the last.
  package var stopping: Duration

  package init(
    outcome: Outcome,
    processes: Int,
    threads: Int,
    trapped: Int,
    unpausable: [String],
    scans: Int,
    scanning: Duration,
    stopping: Duration
  ) {
    self.outcome = outcome
    self.processes = processes
    self.threads = threads
    self.trapped = trapped
    self.unpausable = unpausable
    self.scans = scans
    self.scanning = scanning
    self.stopping = stopping
  }
}

/// Whether nobody wrote between the end of the stopping and this proof.
package struct Proof: Hashable, Sendable {
  /// Who wrote or came to be able to; a new attempt may have more luck.
  package var disturbances: [String]
  /// Writers that couldn't be held and that can't be shown to have slept all the while.
  package var unheld: [String]
  /// Why nothing is proven at all, such as missing privileges.
  package var limits: [String]
  /// Whether the deadline passed and everybody was released before the proof.
  package var isLate: Bool

  package init(disturbances: [String], unheld: [String], limits: [String], isLate: Bool) {
    self.disturbances = disturbances
    self.unheld = unheld
    self.limits = limits
    self.isLate = isLate
  }

  /// Whether the snapshots taken since the pause are one instant.
  package var isProven: Bool { isUndisturbed && unheld.isEmpty && limits.isEmpty }

  /// Whether nobody was seen writing, within the deadline.
  package var isUndisturbed: Bool { disturbances.isEmpty && !isLate }
}

/// How a pause ended.
package struct ResumeReport: Hashable, Sendable {
  /// From the first stop to the release of the last one; zero when nobody had to be stopped.
  package var paused: Duration
  /// The part of it that releasing took.
  package var releasing: Duration
  /// Whether the keeper had released everybody at the deadline already.
  package var wasLate: Bool

  package init(paused: Duration, releasing: Duration, wasLate: Bool) {
    self.paused = paused
    self.releasing = releasing
    self.wasLate = wasLate
  }
}
