package import Machine

extension WriterPause {
  /// Holds everybody who can write to the volumes.
  ///
  /// - Parameters:
  ///   - length: From the first stop until ``attend()`` releases everybody.
  ///   - isGated: Whether openers wait too.
  ///   - news: Readable when something happened to a thread.
  ///   - control: Ends a wait early when one of them becomes readable.
  ///   - isCancelled: Asked again and again; true ends the attempt.
  /// - Returns: Who is held; see its outcome.
  package func pause(
    within length: Duration,
    gated isGated: Bool,
    news: borrowing KeepingSignals,
    control: [CInt],
    isCancelled: () -> Bool
  ) -> PauseReport {
    var count = Counts()
    forgetLateness()
    unheld = [:]
    scan?.begin()
    loops = LoopWriters(isOnVolume: isOnVolume)
    // Found before the first stop, so that looking costs nobody anything.
    let first = findWriters(&count)
    begin(within: length)
    if isGated { shutGate() }
    // Whoever came in between is found by looking again, until nobody did.
    var hasNew = seizeAll(first) || isGated
    var openers = isGated ? seizeOpeners() : []
    while true {
      attend()
      if wasLate { return report(.late(stuck: count.stuck), count) }
      if isCancelled() {
        _ = release(wasLate: false)
        return report(.cancelled, count)
      }
      let moving = movingThreads()
      if moving.isEmpty, !hasNew { break }
      if moving.isEmpty {
        let writers = findWriters(&count)
        hasNew = seizeAll(writers)
        openers = releaseOpeners(openers, except: writers)
      } else {
        count.stuck = names(of: moving)
        if count.isLong(since: began) { openers = releaseOpeners(openers, except: []) }
        _ = waitUntilReadable([news.raw, gateDescriptor] + control, timeout: .milliseconds(2))
        news.clear()
      }
    }
    return hold(count)
  }

  private struct Counts {
    let clock = ContinuousClock()
    var scans = 0
    var longestScan = Duration.zero
    var stuck: [String] = []

    // Who takes longer to open a file, perhaps one that has nothing to do with us, isn't waited
    // for; the proof sees what it does.
    func isLong(since began: ContinuousClock.Instant?) -> Bool {
      began.map { $0.duration(to: clock.now) > .milliseconds(50) } ?? false
    }
  }

  // Everybody stands still: from here on nobody may write.
  private func hold(_ count: Counts) -> PauseReport {
    // What it heard when it was tried out is long over.
    watch?.drain { _ in true }
    do {
      for place in places {
        try watch?.watch(fileSystemOf: place.directory.raw, subject: place.path)
      }
      try names?.begin()
    } catch {
      limits.append("writes can't be noticed (\(error))")
    }
    endSeizing()
    for process in unheld.keys { witness.watch(process) }
    loops?.begin()
    return report(.held, count)
  }

  private func report(_ outcome: PauseReport.Outcome, _ count: Counts) -> PauseReport {
    var report = PauseReport(
      outcome: outcome,
      processes: held.processes.count,
      threads: held.count,
      trapped: gate?.trapped.count ?? 0,
      unpausable: unheld.map { "\(describe($0)): \($1)" }.sorted() + (loops?.descriptions ?? []),
      scans: count.scans,
      scanning: count.longestScan,
      stopping: began?.duration(to: count.clock.now) ?? .zero
    )
    report.writers = held.processes.union(unheld.keys).sorted()
    return report
  }

  private func shutGate() {
    do {
      let gate = try OpenGate()
      try gate.shut(places)
      self.gate = consume gate
    } catch {
      limits.append("openers can't be made to wait (\(error))")
    }
  }

  // Whoever came through before the gate was shut, but has no descriptor yet that could be found:
  // truncating a file takes its time. Those that run may be in an opening too.
  private func seizeOpeners() -> [(thread: ProcessID, process: ProcessID)] {
    var openers: [(thread: ProcessID, process: ProcessID)] = []
    var processes: [ProcessID] = []
    var threads: [ProcessID] = []
    table.listProcesses(into: &processes)
    for process in processes where !neverPaused.areOurselves(process) {
      table.listThreads(of: process, into: &threads)
      for thread in threads where table.mayBeOpening(thread) {
        let name = table.status(of: process)?.name ?? ""
        if neverPaused.reason(for: process, name: name) == nil,
          held.seizeOne(thread, of: process)
        {
          openers.append((thread, process))
        }
      }
    }
    return openers
  }

  // Their openings are finished: those that are writers now stay.
  private func releaseOpeners(
    _ openers: [(thread: ProcessID, process: ProcessID)],
    except writers: [ProcessID]
  ) -> [(thread: ProcessID, process: ProcessID)] {
    let writers = Set(writers)
    for opener in openers where !writers.contains(opener.process) { held.release(opener.thread) }
    return []
  }

  // Every writer that there is; those that can't be held are noted.
  private func findWriters(_ count: inout Counts) -> [ProcessID] {
    let start = count.clock.now
    let found = writers()
    count.scans += 1
    count.longestScan = max(count.longestScan, start.duration(to: count.clock.now))
    return found
  }

  /// The writers that may be held; the others are noted in ``unheld``.
  func writers() -> [ProcessID] {
    var processes: [ProcessID] = []
    var writers: [ProcessID] = []
    table.listProcesses(into: &processes)
    for process in processes where !neverPaused.areOurselves(process) {
      var isFileServer = false
      if case .writer(let serves) = scan?.examine(process) {
        isFileServer = serves
      } else if !suspects.contains(process) {
        continue
      }
      let name = table.status(of: process)?.name ?? ""
      if isFileServer {
        unheld[process] = "serves a file system"
      } else if let reason = neverPaused.reason(for: process, name: name) {
        unheld[process] = reason
      } else {
        writers.append(process)
      }
    }
    return writers
  }

  // Whether somebody is new, so that one has to look again.
  private func seizeAll(_ processes: [ProcessID]) -> Bool {
    var hasNew = false
    held.wasInterrupted = false
    for process in processes {
      let (new, refused) = held.seizeAll(of: process)
      hasNew = hasNew || new > 0
      unheld[process] = refused.first.map { whyRefused($0, of: process) }
    }
    return hasNew || held.wasInterrupted
  }

  private func whyRefused(_ thread: ProcessID, of process: ProcessID) -> String {
    guard let status = table.status(of: process, thread: thread) else { return "can't be held" }
    if status.tracer != 0 { return "traced by \(describe(status.tracer))" }
    if status.name.hasPrefix("iou-") { return "the kernel writes for it (io_uring)" }
    return "can't be held"
  }

  // Those that may still write before they stop.
  private func movingThreads() -> [ProcessID] {
    if held.moving.isEmpty { return [] }
    held.forgetGone()
    return held.moving.filter { thread in
      !(gate?.trapped.contains(thread) ?? false) && !table.isInHarmlessCall(thread)
    }
  }

  private func names(of threads: [ProcessID]) -> [String] {
    Set(threads.compactMap { held.process(of: $0) }).map(describe).sorted()
  }

  /// A process as a person knows it.
  func describe(_ process: ProcessID) -> String {
    "\(table.status(of: process)?.name ?? "a process that has ended") (pid \(process))"
  }
}
