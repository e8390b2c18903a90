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
  private func with(_ body: (FilePath, Program, [SQLiteBank]) throws -> Void) throws {
    try LoopDevice.with("btrfs") { device in
      let source = device.mountPoint.appending("source")
      try makeDirectories(source)
      let banks = try [SQLiteBank.Mode.delete, .wal].map { mode in
        try SQLiteBank(source.appending(mode.rawValue), mode, notesIn: device.workingDirectory)
      }
      try body(source, try Program.stillpoint(withRepositoryIn: device.workingDirectory), banks)
    }
  }

  @Test func `lets the writers go on at once`() throws {
    try with { source, stillpoint, banks in
      for point in 0..<24 {
        let backup = try stillpoint.start(["backup", "--force", source.string])
        usleep(UInt32(20_000 + point * 25_000))
        kill(backup.processID, SIGKILL)
        _ = backup.wait()
        #expect(banks.allSatisfy { $0.goesOn(within: 5) }, "point \(point)")
      }
      let outcome = try stillpoint.run("backup", "--json", source.string)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(banks.allSatisfy { $0.longestWait < 4 })
    }
  }

  @Test func `of the keeper too, and no grade is claimed that wasn't reached`() throws {
    try with { source, stillpoint, banks in
      for point in 0..<8 {
        let backup = try stillpoint.start(["backup", "--force", "--json", "--quiet", source.string])
        var keepers: [Int32] = []
        _ = holds(within: 2) {
          keepers = children(of: backup.processID)
          return !keepers.isEmpty || !backup.isRunning
        }
        usleep(UInt32(point * 20_000))
        for keeper in keepers { kill(keeper, SIGKILL) }
        let outcome = backup.wait()
        #expect([0, 1].contains(outcome.status), "point \(point): \(outcome)")
        #expect(banks.allSatisfy { $0.goesOn(within: 5) }, "point \(point)")
        guard outcome.output.contains("\"grade\":\"application\"") else { continue }
        let target = source.removingLastComponent().appending("restored")
        try stillpoint.succeed("restore", "latest:\(source)", "--target", target.string)
        for bank in banks {
          let copy = target.appending(bank.database.lastComponent?.string ?? "")
          #expect(try SQLiteBank.violations(in: copy) == [], "point \(point)")
        }
        try FileManager.default.removeItem(atPath: target.string)
      }
    }
  }
}
