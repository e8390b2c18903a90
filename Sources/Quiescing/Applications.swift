package import Machine

/// Applications that are held together, with one deadline for all.
///
/// Once for each try to reach an instant: ``prepare(_:)``, ``hold()``, ``releaseInPause()``, and
/// ``release()`` whatever happened. Whoever is held longer than `--hold-max` is let go by a thread
/// that waits for nothing else.
package final class Applications {
  private let held: HeldApplications
  private let options: QuiesceOptions
  private let clock = ContinuousClock()
  private let stop = StopSignal()
  private let watch = WorkerThreads()

  package init(_ quiescers: [any Quiescer], _ options: QuiesceOptions) {
    held = HeldApplications(quiescers)
    self.options = options
  }

  /// Half of the time is left for what they are held for.
  private var patience: Duration { options.lengthMax / 2 }

  /// Does what takes long, and finds out who can't be held at the moment: for them nobody else
  /// is to wait.
  ///
  /// - Throws: ``Interrupted``.
  package func prepare(_ interruption: Interruption) throws {
    for index in held.indices {
      try interruption.check()
      held.prepare(index)
    }
    rehearse()
  }

  private func rehearse() {
    var rest = held.polled
    if rest.isEmpty { return }
    poll(until: clock.now.advanced(by: patience)) {
      rest.removeAll { held.rehearse($0) }
      return rest.isEmpty
    }
    for index in rest { held.noteBusy(index) }
  }

  /// Brings all of them to a clean point; who can't be is noted, and the others go on.
  package func hold() {
    if held.polled.isEmpty && held.unpolled.isEmpty { return }
    let began = clock.now
    let end = began.advanced(by: options.lengthMax)
    watch.start { [held, stop, clock] in
      // They wait for it.
      urgently {
        if stop.wait(for: max(.zero, clock.now.duration(to: end))) { return }
        held.letEveryoneGo(because: "it was let go when --hold-max was over")
      }
    }
    let deadline = began.advanced(by: patience)
    for index in held.unpolled { held.hold(index, until: deadline) }
    // They are held the fastest and come last, so that they are held the shortest.
    var rest = held.polled
    poll(until: deadline) {
      rest.removeAll { held.tryToHold($0) }
      return rest.allSatisfy { held.isBusy($0) }
    }
    for index in rest { held.giveUp(index) }
  }

  /// Lets everybody go because there will be no instant for them, and holds nobody any more.
  package func giveUp(because reason: String) { held.letEveryoneGo(because: reason) }

  /// Lets go who needs nobody's help for it: the instant is over, and nobody runs yet.
  package func releaseInPause() { held.release { $0.releasesInPause } }

  /// Lets everybody go, the last first, and closes everything.
  ///
  /// Twice is not an error.
  package func release() {
    held.release { _ in true }
    stop.send()
    watch.join()
    held.close()
  }

  /// What went wrong when they were let go.
  package var complaints: [String] { held.complaints }

  /// What became of each, in the order of their paths.
  package var results: [ApplicationResult] {
    held.results.sorted { $0.path.bytes.lexicographicallyPrecedes($1.path.bytes) }
  }
}
