import Machine

extension LastingQuiescer {
  /// Stops a process.
  convenience init(
    stopping process: ProcessIdentity,
    named name: String,
    _ record: any HoldRecord
  ) {
    let means = Means(
      hold: .process(process.number, started: process.started),
      check: {
        guard try process.isRunning() else { throw ApplicationGone() }
        if process.isStopped { throw QuiesceError("it is stopped already") }
        if process.number == Host.processID || process.number == Host.parentProcessID {
          throw QuiesceError("stillpoint needs it")
        }
      },
      take: { deadline in
        try process.stop()
        if !poll(until: deadline, { process.isStopped }) {
          throw QuiesceError("it didn't stop in time")
        }
      }
    )
    let path = FilePath("/proc/\(process.number)")
    self.init(Application(kind: "process \(name)", path: path, hasCleanPoint: false), means, record)
  }
}
