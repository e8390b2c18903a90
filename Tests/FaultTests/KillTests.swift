import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"))
struct `Being killed during a backup` {
  /// How many points of a backup the main process is killed at.
  private let points = 40

  @Test func `leaves nobody stopped, no volume snapshot, and a whole repository`() throws {
    try BusyVolume.with { volume in
      try volume.stillpoint.succeed("backup", "--force", volume.source.string)
      let length = try measureBackup(volume)
      for point in 0..<points {
        let backup = try volume.stillpoint.start(["backup", "--force", volume.source.string])
        usleep(UInt32(length * Double(point) / Double(points) * 1_000_000))
        kill(backup.processID, SIGKILL)
        _ = backup.wait()
        #expect(holds(within: 20) { volume.isWriterRunning }, "point \(point)")
        if try !holds(within: 20, { try volume.ourSubvolumes().isEmpty }) {
          // The keeper was not done, or died too: the next start does it and says so.
          let next = try volume.stillpoint.run("backup", volume.source.string)
          #expect(next.error.contains("volume snapshot"), "point \(point): \(next)")
          #expect(try volume.ourSubvolumes() == [], "point \(point)")
        }
        #expect(try holds(within: 20) { try volume.locks().isEmpty }, "point \(point)")
      }
      try volume.stillpoint.succeed("check", "--read-data")
      let target = volume.device.workingDirectory.appending("restored").string
      try volume.stillpoint.succeed("restore", "latest", "--verify", "--target", target)
    }
  }

  @Test func `of the keeper lets writers go and ends in an error or a lower grade`() throws {
    try BusyVolume.with { volume in
      for point in 0..<10 {
        let backup = try volume.stillpoint.start([
          "backup", "--force", "--json", "--quiet", volume.source.string,
        ])
        var keepers: [Int32] = []
        _ = holds(within: 20) {
          keepers = children(of: backup.processID)
          return !keepers.isEmpty || !backup.isRunning
        }
        usleep(UInt32(point * 5_000))
        for keeper in keepers { kill(keeper, SIGKILL) }
        let outcome = backup.wait()
        // The keeper may take a moment to die.
        #expect(holds(within: 5) { volume.isWriterRunning }, "point \(point)")
        #expect([0, 1].contains(outcome.status), "point \(point): \(outcome)")
      }
      #expect(try volume.ourSubvolumes() == [])
      try volume.stillpoint.succeed("check")
    }
  }

  @Test func `by Ctrl-C ends with 130 and leaves nothing`() throws {
    try BusyVolume.with { volume in
      let length = try measureBackup(volume)
      for point in 0..<10 {
        let backup = try volume.stillpoint.start(["backup", "--force", volume.source.string])
        #expect(holds(within: 20) { catchesInterrupt(backup.processID) })
        usleep(UInt32(length * Double(point) / 12 * 1_000_000))
        kill(backup.processID, SIGINT)
        let outcome = backup.wait()
        #expect([130, 0].contains(outcome.status), "point \(point): \(outcome)")
        #expect(volume.isWriterRunning)
        #expect(try volume.ourSubvolumes() == [])
      }
      #expect(try volume.locks() == [])
      try volume.stillpoint.succeed("check")
    }
  }

  /// Whether a process has got so far that an interrupt doesn't simply end it.
  private func catchesInterrupt(_ process: Int32) -> Bool {
    let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    guard let mask = status.firstMatch(of: /SigCgt:\t([0-9a-f]+)/) else { return false }
    return UInt64(mask.1, radix: 16).map { $0 >> (SIGINT - 1) & 1 == 1 } ?? false
  }

  /// Seconds that a backup of the volume takes.
  private func measureBackup(_ volume: BusyVolume) throws -> Double {
    let begin = Date()
    try volume.stillpoint.succeed("backup", "--force", volume.source.string)
    return Date().timeIntervalSince(begin)
  }
}
