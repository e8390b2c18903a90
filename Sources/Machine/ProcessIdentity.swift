import Glibc

/// A process for good: numbers are given again, but not with the same start in the same boot.
package struct ProcessIdentity: Hashable, Sendable {
  /// Which run of the kernel.
  package var boot: VolumeID
  package var number: ProcessID
  /// In ticks since the boot.
  package var started: UInt64

  package init(boot: VolumeID, number: ProcessID, started: UInt64) {
    self.boot = boot
    self.number = number
    self.started = started
  }

  /// This process.
  package static func current() throws(SystemCallError) -> ProcessIdentity {
    let number = getpid()
    guard let started = try startTime(of: number) else {
      throw SystemCallError(call: "open", subject: "/proc", errno: .noSuchFileOrDirectory)
    }
    return ProcessIdentity(boot: try currentBoot(), number: number, started: started)
  }

  /// Whether the process is still there.
  ///
  /// See `proc_pid_stat(5)`.
  ///
  /// - Throws: ``SystemCallError`` when `/proc` can't be read.
  package func isRunning() throws(SystemCallError) -> Bool {
    guard boot == (try Self.currentBoot()) else { return false }
    return try Self.startTime(of: number) == started
  }

  /// The process with this number in this boot; nil when it isn't that any more.
  ///
  /// - Throws: ``SystemCallError`` when `/proc` can't be read.
  package init?(number: ProcessID, started: UInt64? = nil) throws(SystemCallError) {
    guard let found = try Self.startTime(of: number), started ?? found == found else { return nil }
    self.init(boot: try Self.currentBoot(), number: number, started: found)
  }

  /// Whether it is of this run of the kernel.
  ///
  /// - Throws: ``SystemCallError`` when `/proc` can't be read.
  package func isOfThisBoot() throws(SystemCallError) -> Bool {
    boot == (try Self.currentBoot())
  }

  /// Whether all of its threads are stopped by a signal.
  package var isStopped: Bool {
    guard let table = try? ProcessTable() else { return false }
    return table.areThreadsStopped(of: number)
  }

  /// Stops the process; ``isStopped`` says when it is.
  ///
  /// The corresponding C function is `pidfd_send_signal` with `SIGSTOP`.
  ///
  /// - Throws: ``SystemCallError``.
  package func stop() throws(SystemCallError) { try send(SIGSTOP) }

  /// Lets it go on.
  ///
  /// The corresponding C function is `pidfd_send_signal` with `SIGCONT`.
  ///
  /// - Throws: ``SystemCallError``.
  package func goOn() throws(SystemCallError) { try send(SIGCONT) }

  private func send(_ signal: CInt) throws(SystemCallError) {
    let handle: ProcessHandle
    do {
      handle = try ProcessHandle(number)
    } catch {
      if error.errno == .noSuchProcess { return }
      throw error
    }
    // Its number may be another's by now; not after the handle was taken.
    if try isRunning() { handle.send(signal) }
  }

  private static func currentBoot() throws(SystemCallError) -> VolumeID {
    let text = String(
      decoding: try readKernelFile("/proc/sys/kernel/random/boot_id"),
      as: UTF8.self
    )
    guard let boot = VolumeID(text.filter { $0 != "\n" }) else {
      throw SystemCallError(call: "read", subject: "boot_id", errno: .invalidArgument)
    }
    return boot
  }

  /// Nil when there is no such process, or it has ended and only waits to be collected.
  private static func startTime(of number: ProcessID) throws(SystemCallError) -> UInt64? {
    let bytes: [UInt8]
    do {
      bytes = try readKernelFile(FilePath("/proc/\(number)/stat"))
    } catch {
      if error.errno == .noSuchFileOrDirectory || error.errno == .noSuchProcess { return nil }
      throw error
    }
    // The name stands in parentheses and may hold some itself.
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, !["Z", "X"].contains(fields[0]) else { return nil }
    return UInt64(fields[19])
  }
}

extension ProcessTable {
  fileprivate func areThreadsStopped(of process: ProcessID) -> Bool {
    var threads: [ProcessID] = []
    listThreads(of: process, into: &threads)
    return !threads.isEmpty
      && threads.allSatisfy { status(of: process, thread: $0)?.state == UInt8(ascii: "T") }
  }
}
