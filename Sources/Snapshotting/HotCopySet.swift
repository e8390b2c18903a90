import Machine
import Planning

/// The file systems whose hot files are copied in one pause.
final class HotCopySet: SnapshotSet {
  private var members: [HotCopyMember]
  private let table: ProcessTable
  private let options: HotCopyOptions
  private let clock = ContinuousClock()

  init(_ members: [HotCopyMember], _ table: ProcessTable, _ options: HotCopyOptions) {
    self.members = members
    self.table = table
    self.options = options
  }

  var traces: OwnTraces { OwnTraces() }

  /// Finds what is being written, and writes it out as far as it would have to be in the pause.
  func flush() {
    var processes: [ProcessID] = []
    table.listProcesses(into: &processes)
    findFiles(of: processes.filter { $0 != Host.processID })
    for member in members { member.writeOut() }
    let copier = HotFileCopier(options)
    for index in members.indices { members[index].copyAhead(copier) }
  }

  // Writers run: a copy would prove nothing.
  func take() {}

  func take(holding writers: [ProcessID]) throws {
    let reading = ClockReading.now()
    let held = currentPreciseTime()
    let copier = HotFileCopier(options)
    for index in members.indices { members[index].begin() }
    findFiles(of: writers)
    for index in members.indices { members[index].copyFiles(copier, writtenBefore: held) }
    for index in members.indices { members[index].checkUnchanged() }
    let instant = instant(after: held)
    for index in members.indices { members[index].finish(instant, reading) }
  }

  /// The time before which all changes until now are, and none that are still to come.
  ///
  /// File times lag behind the clock by up to one tick, which is waited for.
  private func instant(after held: FileTime) -> FileTime {
    let end = clock.now.advanced(by: .milliseconds(20))
    while true {
      let instant = currentFileTime()
      if instant > held || clock.now > end { return instant }
      _ = StopSignal().wait(for: .milliseconds(1))
    }
  }

  private func findFiles(of processes: [ProcessID]) {
    for process in processes {
      table.forEachWritableFile(of: process) { file in
        for index in members.indices where members[index].device == file.key.device {
          members[index].note(file, table)
        }
        if file.isMapped, isAnonymous(file.key.device), table.isOnOverlay(file.link) {
          for index in members.indices { members[index].mayHaveOverlays = true }
        }
      }
    }
  }

  // Devices of file systems without a block device have the major number 0.
  private func isAnonymous(_ device: UInt64) -> Bool { device & 0xfff00 == 0 && device >> 32 == 0 }

  func identify() -> [VolumeSnapshot] {
    members.map { VolumeSnapshot(mark: $0.mark, top: $0.top, hot: $0.hot) }
  }

  func discard() { members = [] }

  // Nothing of ours is where others could find it; clocks are asked by who reads.
  func verify() {}
}
