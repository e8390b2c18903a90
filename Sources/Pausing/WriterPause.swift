package import Machine

/// Holds everybody who can write to the volumes, and shows that nobody wrote meanwhile.
///
/// For a process of one thread that lives only for this: threads are traced by the thread that
/// seized them, and all of them go on when it ends.
package final class WriterPause {
  let table: ProcessTable
  private let main: ProcessID
  private let clock = ContinuousClock()

  // Prepared.
  var scan: WriterScan?
  var places: [WatchedVolumes.Place] = []
  var neverPaused: NeverPaused
  var isOnVolume: (FilePath) -> Bool = { _ in false }
  var watch: FanotifyWatch?
  /// Of several volumes, or where it was asked for.
  var names: NameWatch?
  var limits: [String] = []

  // During a pause.
  var held: HeldThreads
  var gate: OpenGate?
  var loops: LoopWriters?
  var witness: SleepWitness
  /// Writers that can't be held: why, by process.
  var unheld: [ProcessID: String] = [:]
  /// Who changed names during an earlier pause: held the next time, also without an open file.
  var suspects: Set<ProcessID> = []
  var began: ContinuousClock.Instant?
  private var deadline: ContinuousClock.Instant?
  private(set) var lateReport: ResumeReport?

  /// Begins without holding anybody.
  ///
  /// - Parameter main: The process that waits for the pause; it is never held.
  /// - Throws: ``SystemCallError`` without `/proc`.
  package init(main: ProcessID) throws {
    self.main = main
    table = try ProcessTable()
    held = HeldThreads(table: table)
    witness = SleepWitness(table: table)
    neverPaused = NeverPaused(main: main, others: [], table: table)
  }

  /// Opens and marks all that the pauses need.
  ///
  /// - Parameter targets: The volumes; they replace those of an earlier call.
  /// - Returns: What can be done here.
  /// - Throws: ``SystemCallError`` when a path can't be opened.
  package func prepare(_ targets: PauseTargets) throws -> PausePossibilities {
    let volumes = try WatchedVolumes(targets.paths, table: table)
    var scan = WriterScan(table: table, volumes: volumes)
    places = volumes.places
    isOnVolume = { path in
      (try? fileMetadata(of: path, followingLinks: true))
        .map { volumes.devices.contains($0.device) } ?? false
    }
    neverPaused = NeverPaused(main: main, others: targets.neverPause, table: table)
    // What is found now needn't be looked for when it is urgent.
    scan.lookAhead()
    self.scan = consume scan
    limits = []
    let holdsEveryone = table.mayTraceEveryone
    if !holdsEveryone {
      limits.append("programs of other users can't be held without CAP_SYS_PTRACE")
    }
    let canWatch = prepareWatch()
    names = nil
    if volumes.devices.count > 1 || targets.keepsNames {
      do {
        names = try NameWatch.prepare(volumes)
      } catch {
        limits.append("renaming and removing can't be noticed (\(error))")
      }
    }
    return PausePossibilities(
      holdsEveryone: holdsEveryone,
      canWatch: canWatch,
      canGate: (try? OpenGate()) != nil,
      limits: limits
    )
  }

  // Marks every file system once, to see that it can be marked.
  private func prepareWatch() -> Bool {
    watch = nil
    do {
      let watch = try FanotifyWatch()
      for place in places {
        try watch.watch(fileSystemOf: place.directory.raw, subject: place.path)
      }
      watch.unwatch()
      watch.drain { _ in true }
      self.watch = consume watch
      return true
    } catch {
      limits.append("writes can't be noticed without CAP_SYS_ADMIN (\(error))")
      return false
    }
  }

  /// What to poll for news besides the news of threads; ``attend()`` deals with it.
  package var gateDescriptor: CInt { gate?.raw ?? -1 }

  /// How long it is until ``attend()`` releases everybody; nil when nobody is held.
  package var timeLeft: Duration? { deadline.map { clock.now.duration(to: $0) } }

  /// Whether somebody is held, or still to be let go.
  package var isActive: Bool { began != nil || held.isLeaving }

  /// Deals with everything that happened: to threads, at the gate, and to the deadline.
  package func attend() {
    held.absorb()
    gate?.attend { [table, neverPaused] thread in
      // Our own first thread opens many files, and everybody waits meanwhile.
      if neverPaused.areOurselves(thread) { return thread }
      guard let status = table.status(of: thread) else { return thread }
      return neverPaused.passes(status.process, name: status.name, parent: status.parent)
        ? status.process : nil
    }
    if let deadline, clock.now >= deadline { lateReport = release(wasLate: true) }
  }

  /// Starts to count the pause.
  func begin(within length: Duration) {
    let now = clock.now
    began = now
    deadline = now.advanced(by: length)
    lateReport = nil
    // Should we hang or spin, everybody is released all the same.
    die(after: length + .milliseconds(100))
    beginSeizing()
  }

  /// Whether the deadline passed and everybody was released.
  var wasLate: Bool { lateReport != nil }

  func forgetLateness() { lateReport = nil }

  /// Releases everybody; says what the pause was like, also when it ended at the deadline.
  package func resume() -> ResumeReport {
    defer { lateReport = nil }
    return lateReport ?? release(wasLate: false)
  }

  func release(wasLate: Bool) -> ResumeReport {
    let start = clock.now
    held.release()
    if let gate = gate.take() { gate.open() }
    endSeizing()
    die(after: nil)
    let end = clock.now
    let report = ResumeReport(
      paused: began.map { $0.duration(to: end) } ?? .zero,
      releasing: start.duration(to: end),
      wasLate: wasLate
    )
    began = nil
    deadline = nil
    if watch != nil {
      watch?.unwatch()
      watch?.drain { _ in true }
    }
    names?.end()
    witness.forgetAll()
    return report
  }
}
