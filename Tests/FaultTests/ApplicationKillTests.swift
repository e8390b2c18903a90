import Foundation
import Machine
import TestSupport
import Testing

/// What becomes of databases whose locks a killed process had.
@Suite(
  .serialized,
  .requiresRoot,
  .requires(tool: "mkfs.btrfs"),
  .requires(tool: "python3")
)
struct `Being killed while databases are held` {
  private struct Volume {
    var source: FilePath
    var stillpoint: Program
    /// The last one has a log, whose index shows who holds it.
    var banks: [SQLiteBank]

    /// Starts a backup; returns when the last database is held, or the backup is over.
    func startBackup() throws -> (backup: RunningProgram, isHeld: Bool) {
      let index = FileName("wal-shm")
      let folder = try openDirectory(source)
      guard let file = try openForLocking(in: folder.raw, index, subject: source) else {
        throw CocoaError(.fileReadUnknown)
      }
      let opened = SharedDescriptor(file)
      let backup = try stillpoint.start(["backup", "--force", "--json", "--quiet", source.string])
      while backup.isRunning {
        // A lock of an open file belongs to no process: it is ours.
        let found = try lockInTheWay(of: .shared, on: 120..<122, of: opened.raw, subject: source)
        if let found, found.process == nil { return (backup, true) }
        usleep(100)
      }
      return (backup, false)
    }
  }

  private func with(_ body: (Volume) throws -> Void) throws {
    try LoopDevice.with("btrfs") { device in
      let source = device.mountPoint.appending("source")
      try makeDirectories(source)
      let banks = try [SQLiteBank.Mode.delete, .wal].map { mode in
        try SQLiteBank(
          source.appending(mode.rawValue),
          mode,
          pausing: 0.002,
          notesIn: device.workingDirectory
        )
      }
      let stillpoint = try Program.stillpoint(withRepositoryIn: device.workingDirectory)
      try body(Volume(source: source, stillpoint: stillpoint, banks: banks))
    }
  }

  @Test func `lets the writers go on at once`() throws {
    try with { volume in
      var held = 0
      for point in 0..<60 where held < 12 {
        let (backup, isHeld) = try volume.startBackup()
        if isHeld { held += 1 }
        usleep(UInt32(held * 5_000))
        kill(backup.processID, SIGKILL)
        _ = backup.wait()
        #expect(volume.banks.allSatisfy { $0.goesOn(within: 10) }, "point \(point)")
      }
      #expect(held == 12)
      let outcome = try volume.stillpoint.run("backup", "--json", volume.source.string)
      #expect(outcome.status == 0, "\(outcome)")
    }
  }

  @Test func `of the keeper too, and no grade is claimed that wasn't reached`() throws {
    try with { volume in
      var held = 0
      for point in 0..<40 where held < 8 {
        let (backup, isHeld) = try volume.startBackup()
        if isHeld { held += 1 }
        usleep(UInt32(held * 5_000))
        for keeper in children(of: backup.processID) { kill(keeper, SIGKILL) }
        let outcome = backup.wait()
        #expect([0, 1].contains(outcome.status), "point \(point): \(outcome)")
        #expect(volume.banks.allSatisfy { $0.goesOn(within: 10) }, "point \(point)")
        guard outcome.output.contains("\"grade\":\"application\"") else { continue }
        let target = volume.source.removingLastComponent().appending("restored")
        let from = "latest:\(volume.source)"
        try volume.stillpoint.succeed("restore", from, "--target", target.string)
        for bank in volume.banks {
          let copy = target.appending(bank.database.lastComponent?.string ?? "")
          #expect(try SQLiteBank.violations(in: copy) == [], "point \(point)")
        }
        try FileManager.default.removeItem(atPath: target.string)
      }
      #expect(held == 8)
    }
  }
}
