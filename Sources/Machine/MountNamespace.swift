import Glibc

/// The mounts that some processes have of their own.
package struct MountNamespace: Sendable {
  /// While it is open, no other namespace gets its number.
  private let descriptor: SharedDescriptor
  /// Among the namespaces of the machine.
  package let number: UInt64

  /// Takes hold of the one that `process` is in.
  ///
  /// - Throws: ``SystemCallError``.
  package init(of process: ProcessID) throws(SystemCallError) {
    let path = FilePath("/proc/\(process)/ns/mnt")
    descriptor = SharedDescriptor(try Descriptor.open(path))
    number = try fileMetadata(in: descriptor.raw, subject: path).inode
  }

  /// Whether this process is in it.
  package var isOurs: Bool { (try? MountNamespace(of: getpid()))?.number ?? number == number }

  /// Ends every process in it: asks them, and ends by force who is there after `grace`.
  ///
  /// - Returns: Who was there. A process that can't be ended, since it waits for a device, is
  ///   left after two more seconds.
  @discardableResult
  package func endProcesses(grace: Duration = .zero) -> [ProcessID] {
    precondition(!isOurs, "we end nobody who shares our mounts")
    guard let table = try? ProcessTable() else { return [] }
    let begin = ContinuousClock.now
    var found: Set<ProcessID> = []
    var isAsked = grace == .zero
    while true {
      let members = members(in: table)
      found.formUnion(members)
      let elapsed = begin.duration(to: .now)
      if members.isEmpty || elapsed > grace + .seconds(2) { return found.sorted() }
      let isOver = elapsed >= grace
      if isOver || !isAsked {
        for process in members { signal(process, isOver ? SIGKILL : SIGTERM, table) }
        isAsked = true
      }
      usleep(5000)
    }
  }

  private func members(in table: ProcessTable) -> [ProcessID] {
    var all: [ProcessID] = []
    table.listProcesses(into: &all)
    return all.filter { isMember($0, table) }
  }

  private func isMember(_ process: ProcessID, _ table: ProcessTable) -> Bool {
    table.inode(behind: ProcessPath(process, "ns/mnt")) == number
  }

  private func signal(_ process: ProcessID, _ signal: CInt, _ table: ProcessTable) {
    // Its number may have become another's since: what the handle holds is asked again.
    guard let handle = try? ProcessHandle(process), isMember(process, table) else { return }
    handle.send(signal)
  }
}
