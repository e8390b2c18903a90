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
    let processes = held.processes
    for process in writers where !processes.contains(process) && before[process] == nil {
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
      if neverPaused.areOurselves(event.actor) || !isRelevant(event.file) { return true }
      disturbances.insert("\(describe(event.actor)) wrote")
      return disturbances.count < 100
    }
  }

  private func isRelevant(_ file: CInt) -> Bool { file < 0 || (scan?.isOnVolume(file) ?? true) }
}
