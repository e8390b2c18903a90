import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "btrfs"))
struct `The doctor` {
  @Test func `finds what a killed run left, and removes only that`() throws {
    try BusyVolume.with { volume in
      let foreign = volume.device.mountPoint.appending(".borgmatic-snapshot-1").string
      try Program("/usr/bin/btrfs")
        .succeed("-q", "subvolume", "snapshot", "-r", volume.device.mountPoint.string, foreign)
      // Nobody is left who could undo it.
      let run = try volume.stillpoint.start([
        "backup", "--limit-upload", "1024", volume.source.string,
      ])
      #expect(try holds(within: 30) { try !volume.ourSubvolumes().isEmpty })
      kill(run.processID, SIGSTOP)
      for process in children(of: run.processID) + [run.processID] { kill(process, SIGKILL) }
      _ = run.wait()
      let left = try volume.stillpoint.run("doctor")
      #expect(left.status == 1, "\(left)")
      #expect(left.output.contains("leftover: a volume snapshot (btrfs)"))
      #expect(left.output.contains("foreign: \(foreign)"))
      #expect(try !volume.ourSubvolumes().isEmpty)
      let repaired = try volume.stillpoint.run("doctor", "--repair", "--json")
      #expect(repaired.status == 0, "\(repaired)")
      #expect(repaired.output.contains("\"kind\":\"repaired\""))
      #expect(try volume.ourSubvolumes().isEmpty)
      #expect(FileManager.default.fileExists(atPath: foreign))
      #expect(volume.isWriterRunning)
      #expect(try !volume.stillpoint.succeed("doctor").contains("leftover"))
    }
  }

  @Test func `names a stopped process`() throws {
    let sleeper = try Program("/bin/sleep").start(["100"])
    defer {
      kill(sleeper.processID, SIGKILL)
      _ = sleeper.wait()
    }
    kill(sleeper.processID, SIGSTOP)
    #expect(holds(within: 20) { !isRunning(sleeper.processID) })
    let found = try Program.stillpoint.run("doctor")
    #expect(found.output.contains("stopped: sleep (pid \(sleeper.processID)) is stopped"))
  }
}
