import Machine
import Synchronization

/// Who is held since when, for the thread that holds them and the one that lets them go in time.
final class HeldApplications: Sendable {
  private struct Entry {
    let quiescer: any Quiescer
    /// Whether it could not be held when that was rehearsed.
    var isBusy = false
    var since: ContinuousClock.Instant?
    var length: Duration?
    /// Why it isn't held, or wasn't long enough.
    var reason: String?
    var isGone = false

    var mayBeHeld: Bool { reason == nil && !isGone }

    mutating func note(_ error: any Error) {
      if error is ApplicationGone {
        isGone = true
      } else {
        reason = explanation(of: error)
      }
    }
  }

  private struct State {
    var entries: [Entry]
    /// Why nobody may be held any more.
    var end: String?
  }

  private let state: Mutex<State>
  private let clock = ContinuousClock()

  init(_ quiescers: [any Quiescer]) {
    state = Mutex(State(entries: quiescers.map { Entry(quiescer: $0) }))
  }

  /// All of them.
  var indices: Range<Int> { state.withLock { $0.entries.indices } }

  /// Those that are held by trying, as far as they may still be held.
  var polled: [Int] { waiting { $0 is any PolledQuiescer } }

  /// The others.
  var unpolled: [Int] { waiting { !($0 is any PolledQuiescer) } }

  private func waiting(_ isMeant: (any Quiescer) -> Bool) -> [Int] {
    state.withLock { state in
      state.entries.indices.filter { index in
        let entry = state.entries[index]
        return entry.mayBeHeld && entry.since == nil && isMeant(entry.quiescer)
      }
    }
  }

  private func quiescer(_ index: Int) -> any Quiescer {
    state.withLock { $0.entries[index].quiescer }
  }

  func isBusy(_ index: Int) -> Bool { state.withLock { $0.entries[index].isBusy } }

  func noteBusy(_ index: Int) { state.withLock { $0.entries[index].isBusy = true } }

  func prepare(_ index: Int) {
    do {
      try quiescer(index).prepare()
    } catch {
      note(error, index)
    }
  }

  private func note(_ error: any Error, _ index: Int) {
    state.withLock { $0.entries[index].note(error) }
  }

  /// Tries to hold it and lets it go at once; whether it needn't be tried again.
  func rehearse(_ index: Int) -> Bool {
    guard let polled = quiescer(index) as? any PolledQuiescer else { return true }
    do {
      guard try polled.tryToHold() else { return false }
      polled.letGo()
    } catch {
      note(error, index)
    }
    return true
  }

  func hold(_ index: Int, until deadline: ContinuousClock.Instant) {
    if state.withLock({ $0.end != nil }) { return }
    let start = clock.now
    do {
      let quiescer = quiescer(index)
      try quiescer.hold(until: deadline)
      begin(index, at: start)
    } catch {
      note(error, index)
    }
  }

  /// Tries once; whether it needn't be tried again.
  func tryToHold(_ index: Int) -> Bool {
    guard let polled = quiescer(index) as? any PolledQuiescer else { return true }
    let start = clock.now
    do {
      guard try polled.tryToHold() else { return false }
      begin(index, at: start)
    } catch {
      note(error, index)
    }
    return true
  }

  /// Notes that it is held, unless it is too late for that.
  private func begin(_ index: Int, at start: ContinuousClock.Instant) {
    let isLate = state.withLock { state in
      guard let reason = state.end else {
        state.entries[index].since = start
        return false
      }
      state.entries[index].reason = reason
      return true
    }
    if isLate { quiescer(index).release() }
  }

  /// Notes why one that was tried again and again isn't held.
  func giveUp(_ index: Int) {
    let obstacle = (quiescer(index) as? any PolledQuiescer)?.obstacle ?? ""
    state.withLock { $0.entries[index].reason = obstacle }
  }

  /// Lets go who is held and meant, the last first, when it is sure that they were until now.
  ///
  /// Letting go may take long, and the other thread is not to wait for it.
  func release(_ isMeant: (any Quiescer) -> Bool) {
    for index in indices.reversed() {
      let quiescer = quiescer(index)
      guard isMeant(quiescer), let since = state.withLock({ $0.entries[index].since }) else {
        continue
      }
      do {
        try quiescer.confirm()
      } catch {
        note(error, index)
      }
      quiescer.release()
      state.withLock { state in
        // The other thread may have been faster.
        guard state.entries[index].since != nil else { return }
        state.entries[index].since = nil
        state.entries[index].length = since.duration(to: clock.now)
      }
    }
  }

  /// Lets everybody go, and holds nobody from now on.
  func letEveryoneGo(because reason: String) {
    let quiescers = state.withLock { state in
      state.end = reason
      let indices = state.entries.indices.filter { state.entries[$0].length == nil }
      for index in indices where state.entries[index].mayBeHeld {
        state.entries[index].since = nil
        state.entries[index].reason = reason
      }
      return indices.reversed().map { state.entries[$0].quiescer }
    }
    // Also those that failed: they may be half held.
    for quiescer in quiescers { quiescer.release() }
  }

  /// Closes what is still open, also of those that were never held.
  func close() {
    for index in indices.reversed() { quiescer(index).release() }
  }

  /// What went wrong when they were let go.
  var complaints: [String] {
    state.withLock { state in state.entries.compactMap(\.quiescer.complaint) }
  }

  var results: [ApplicationResult] {
    state.withLock { state in
      state.entries.compactMap { entry in
        if entry.isGone { return nil }
        if entry.reason == nil, let length = entry.length {
          return ApplicationResult(entry.quiescer.application, heldFor: length)
        }
        let reason = entry.reason ?? "nothing was held"
        return ApplicationResult(entry.quiescer.application, notHeldBecause: reason)
      }
    }
  }
}
