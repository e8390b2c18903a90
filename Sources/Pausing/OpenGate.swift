import Machine

/// Makes everybody wait who opens a file on the volumes' file systems, ourselves, our tools and the
/// never paused excepted.
struct OpenGate: ~Copyable {
  private let gate: FanotifyGate
  /// The threads that wait.
  private(set) var trapped: Set<ProcessID> = []
  /// The processes that were let pass.
  private(set) var passed: Set<ProcessID> = []
  private var files: [CInt] = []

  /// Makes a gate that nobody has to pass yet.
  ///
  /// - Throws: ``SystemCallError`` without privilege.
  init() throws(SystemCallError) { gate = try FanotifyGate() }

  /// To be polled for openers.
  var raw: CInt { gate.raw }

  /// Stops openers from now on.
  ///
  /// - Throws: ``SystemCallError``.
  borrowing func shut(_ places: [WatchedVolumes.Place]) throws {
    for place in places {
      try gate.shut(fileSystemOf: place.directory.raw, subject: place.path)
    }
  }

  /// Takes note of the openers so far.
  ///
  /// - Parameter passing: The process of a thread when it may pass; nil when it waits.
  mutating func attend(_ passing: (ProcessID) -> ProcessID?) {
    var waiting: [FileEvent] = []
    gate.forEachOpener { waiting.append($0) }
    for event in waiting {
      if let process = passing(event.actor) {
        passed.insert(process)
        gate.allow(event.file)
      } else {
        trapped.insert(event.actor)
        files.append(event.file)
      }
    }
  }

  /// Lets everybody pass.
  consuming func open() {
    for file in files { gate.allow(file) }
    // Whoever comes to the gate until it is gone is let pass by the kernel when it closes.
  }
}
