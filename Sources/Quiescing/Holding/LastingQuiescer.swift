import Machine
import Synchronization

/// Holds one thing that stays held when nobody lets it go.
///
/// It is written down in ``prepare()``, outside the pause: what is written may be written to a volume
/// that stands still then.
package final class LastingQuiescer: Quiescer {
  /// How one kind of thing is held.
  package struct Means: Sendable {
    var hold: LastingHold
    /// Why it can't be held, as far as that is known.
    var refusal: String?
    /// Throws why it can't be held where it is.
    var check: @Sendable () throws -> Void
    /// Holds it, at most until the deadline.
    var take: @Sendable (ContinuousClock.Instant) throws -> Void
  }

  private enum State {
    case idle, noted, held
    /// Somebody is about to hold it.
    case taking
    /// It was to be let go meanwhile.
    case letGo
  }

  package let application: Application
  private let means: Means
  private let record: any HoldRecord
  private let state = Mutex((state: State.idle, complaint: String?.none))

  package init(_ application: Application, _ means: Means, _ record: any HoldRecord) {
    self.application = application
    self.means = means
    self.record = record
  }

  /// A hook is a program, which may need somebody who stands still.
  package var releasesInPause: Bool { false }

  package var refusal: String? { means.refusal }

  package var complaint: String? { state.withLock { $0.complaint } }

  package func prepare() throws {
    try means.check()
    try record.note(means.hold)
    state.withLock { $0.state = .noted }
  }

  package func hold(until deadline: ContinuousClock.Instant) throws {
    try state.withLock { state in
      guard state.state == .noted else { throw QuiesceError("it was let go before it was held") }
      state.state = .taking
    }
    // From here on it may be held, whatever is thrown.
    defer {
      let isUnwanted = state.withLock { state in
        defer { state.state = .held }
        return state.state == .letGo
      }
      if isUnwanted { release() }
    }
    do {
      try means.take(deadline)
    } catch {
      state.withLock { $0.state = .letGo }
      throw error
    }
  }

  package func release() {
    state.withLock { state in
      if state.state == .idle { return }
      if state.state == .taking || state.state == .letGo {
        // What isn't held yet may be in a moment: who holds it lets it go then, and forgets it.
        try? means.hold.letGo()
        state.state = .letGo
        return
      }
      if state.state == .held {
        do {
          try means.hold.letGo()
        } catch {
          // It stays written down: the next start tries again.
          state.complaint = "\(means.hold) could not be let go: \(explanation(of: error))"
          state.state = .idle
          return
        }
      }
      record.drop(means.hold)
      state.state = .idle
    }
  }
}
