import Machine

/// Finds the processes that can write to the volumes: those with a writable descriptor of a
/// regular file there, or a shared mapping of one that is or can be made writable.
struct WriterScan {
  /// What a process can do.
  enum Finding: Hashable {
    case harmless
    case writer(isFileServer: Bool)
    /// We may not look.
    case hidden
  }

  /// `/dev/fuse`: who holds it serves a file system that others read.
  private static let fuse = deviceNumber(major: 10, minor: 229)

  let table: ProcessTable
  private var volumes: WatchedVolumes
  /// What was found of those that slept: it still holds while they sleep on.
  private var sleepers: [ProcessID: (mark: SleepMark, finding: Finding)] = [:]
  private var lookedAhead = ContinuousClock.now
  private var threads: [ProcessID] = []
  private var numbers: [ProcessID] = []

  init(table: ProcessTable, volumes: WatchedVolumes) {
    self.table = table
    self.volumes = volumes
  }

  /// Looks at everybody, so that soon only those have to be looked at again that run meanwhile.
  mutating func lookAhead() {
    sleepers.removeAll(keepingCapacity: true)
    lookedAhead = ContinuousClock.now
    var processes: [ProcessID] = []
    table.listProcesses(into: &processes)
    for process in processes { _ = examine(process) }
  }

  /// Forgets what was found so long ago that a number may be another process's by now.
  mutating func begin() {
    if lookedAhead.duration(to: .now) > .seconds(5) { sleepers.removeAll(keepingCapacity: true) }
  }

  /// Looks at one process as it is now.
  mutating func examine(_ process: ProcessID) -> Finding {
    // Taken before the look, so that whoever runs meanwhile is looked at again.
    let mark = table.sleepMark(of: process, threads: &threads)
    if let mark, let known = sleepers[process], known.mark == mark { return known.finding }
    let finding = examineThreads(of: process)
    sleepers[process] = mark.map { ($0, finding) }
    return finding
  }

  private mutating func examineThreads(of process: ProcessID) -> Finding {
    var finding = Finding.harmless
    var compared: ProcessID?
    for thread in threads {
      // Threads share one table of files, unless they were made or have asked otherwise.
      if let compared, shareFiles(compared, thread) == true { continue }
      switch examineFiles(of: process, thread) {
      case nil: continue
      case .hidden: return .hidden
      case .writer(let isFileServer):
        finding = .writer(isFileServer: isFileServer)
      case .harmless: break
      }
      if compared == nil { compared = thread }
    }
    if finding == .harmless, table.hasWritableMapping(process, of: volumes.superblocks) {
      return .writer(isFileServer: false)
    }
    return finding
  }

  /// Whether an open file lies on a volume.
  func isOnVolume(_ file: CInt) -> Bool { volumes.contain(file) }

  // Nil for a thread that has ended: it has no files while others of its process have.
  private mutating func examineFiles(of process: ProcessID, _ thread: ProcessID) -> Finding? {
    let path =
      thread == process
      ? ProcessPath(process, "fd") : ProcessPath(process, thread: thread, "fd")
    guard let directory = table.openDirectory(path) else {
      return table.listNumbers(in: path, into: &numbers) ? nil : .hidden
    }
    table.listNumbers(in: directory.raw, into: &numbers)
    if numbers.isEmpty { return nil }
    var isWriter = false
    var isFileServer = false
    for number in numbers {
      guard let file = writableFile(in: directory.raw, number) else { continue }
      isFileServer = isFileServer || (file.special == Self.fuse && !file.isRegular)
      isWriter = isWriter || volumes.contain(file, in: directory.raw, number)
    }
    return isWriter ? .writer(isFileServer: isFileServer) : .harmless
  }
}
