import Machine

extension WriterPause {
  /// Looks whether anybody wrote since everybody was held.
  ///
  /// First for new writers and then for events: an event comes after its write, so events alone
  /// miss a write that isn't finished; whoever is in it has a descriptor.
  package func prove() -> Proof {
    attend()
    if wasLate {
      return Proof(disturbances: [], unheld: [], limits: limits, isLate: true)
    }
    var disturbances: Set<String> = []
    let before = unheld
    let writers = writers()
    held.absorb()
    for process in writers where before[process] == nil && !held.holdsAll(of: process) {
      disturbances.insert("\(describe(process)) opened a file for writing")
    }
    collectEvents(into: &disturbances)
    let awake = unheld.filter { !witness.slept($0.key) }.map { "\(describe($0)): \($1)" }
    return Proof(
      disturbances: disturbances.sorted(),
      unheld: awake.sorted() + (loops?.active() ?? []),
      limits: limits,
      isLate: false
    )
  }

  private func collectEvents(into disturbances: inout Set<String>) {
    watch?.drain { event in
      if event.isOverflow {
        disturbances.insert("there were too many writes to count")
        return false
      }
      if neverPaused.areOurselves(event.actor) || !isRelevant(event) { return true }
      disturbances.insert("\(describe(event.actor)) wrote")
      return disturbances.count < 100
    }
    guard let (actors, isOverflow) = names?.changes() else { return }
    if isOverflow { disturbances.insert("there were too many changes of names to count") }
    for actor in actors where !neverPaused.areOurselves(actor) {
      suspects.insert(actor)
      disturbances.insert("\(describe(actor)) changed names")
    }
  }

  // A file that is closed may have been written to through a mapping. Behind the gate it was
  // opened before, and its mapping, had it not been gone too, would have been found.
  private func isRelevant(_ event: FileEvent) -> Bool {
    let couldOpen = gate?.passed.contains(event.actor) ?? true
    return (event.isWrite || couldOpen) && (scan?.isOnVolume(event.file) ?? true)
  }
}
