import Machine

/// Who must go on running, because a machine or this program needs it.
struct NeverPaused {
  private var reasons: [ProcessID: String] = [:]
  /// The main process and the keeper: what they do to the volumes is our own business.
  let ourselves: Set<ProcessID>
  private let main: ProcessID

  /// The system's own, by the name they gave themselves.
  private static let names: Set<String> = [
    "systemd-udevd", "udevd", "(udev-worker)", "eudevd", "dbus-daemon", "dbus-broker",
    "dbus-broker-lau", "dmeventd", "lvmpolld",
    "zed",
    // Another run's: it must let its own writers go in time.
    "stillpoint-keep",
  ]

  /// Finds our ancestors and who traces us.
  ///
  /// - Parameters:
  ///   - main: The process that waits for the pause.
  ///   - others: Left running too.
  ///   - table: Where the ancestors are looked up.
  init(main: ProcessID, others: [ProcessID], table: ProcessTable) {
    self.main = main
    ourselves = [main, Host.processID]
    for process in others { reasons[process] = "excepted" }
    var ancestor = table.status(of: main)?.parent ?? 0
    while ancestor > 1, reasons[ancestor] == nil {
      reasons[ancestor] = "an ancestor of this program"
      ancestor = table.status(of: ancestor)?.parent ?? 0
    }
    // Who traces us would wait for us while we wait for it.
    for process in ourselves {
      let tracer = table.status(of: process)?.tracer ?? 0
      if tracer > 0 { reasons[tracer] = "traces us" }
    }
    reasons[1] = "the first process"
  }

  /// Whether it needn't even be looked at.
  func areOurselves(_ process: ProcessID) -> Bool { ourselves.contains(process) }

  /// Why `process` must not be held; nil when it may be.
  func reason(for process: ProcessID, name: String) -> String? {
    reasons[process] ?? (Self.names.contains(name) ? "the system needs it" : nil)
  }

  /// Whether `process` passes the gate at once: our own tools do, which take volume snapshots.
  func passes(_ process: ProcessID, name: String, parent: ProcessID) -> Bool {
    areOurselves(process) || parent == main || reason(for: process, name: name) != nil
  }
}
