import Foundation
import Machine
import TestSupport
import Testing

/// Backups of a database that is written to without a pause, each restored and opened.
@Suite(
  .serialized,
  .requiresRoot,
  .requires(tool: "mkfs.btrfs"),
  .requires(tool: "mkfs.xfs"),
  .requires(tool: "python3")
)
struct `Backups of busy databases` {
  @Test(arguments: ["btrfs", "xfs", "ext4"], SQLiteBank.Mode.allCases)
  func `are at a clean point`(type: String, mode: SQLiteBank.Mode) throws {
    let onDevice = TortureRun.Place.onLoop(type)
    try onDevice { place in
      let source = try realPath(place.mountPoint).appending("source")
      try makeDirectories(source)
      let stillpoint = try Program.stillpoint(withRepositoryIn: place.workingDirectory)
      let bank = try SQLiteBank(source.appending("bank"), mode, notesIn: place.workingDirectory)
      let backups = try (0..<TortureRun.databaseCount).map { _ in
        try HeldBackup.make(of: source, stillpoint)
      }
      #expect(bank.goesOn())
      // The writer itself looks again only so often, so that this is more than it was held.
      #expect(bank.longestWait < 2)
      bank.stop()
      let unclean = try backups.flatMap { try violations(of: $0, source, stillpoint, place) }
      #expect(unclean == [])
      let reached = backups.count { $0.grade == "application" }
      #expect(reached == backups.count, "\(backups.flatMap(\.reasons))")
      let name = "SQLite (\(mode.rawValue)) on \(type)"
      print(
        backups.report(name, violations: unclean)
          + "; a writer waited \(Int(bank.longestWait * 1000)) ms"
      )
    }
  }

  /// What is wrong in a backup that claims to be at a clean point.
  private func violations(
    of backup: HeldBackup,
    _ source: FilePath,
    _ stillpoint: Program,
    _ place: TortureRun.Place
  ) throws -> [String] {
    guard backup.grade == "application" else { return [] }
    return try backup.restored(source, stillpoint, in: place) {
      try SQLiteBank.violations(in: $0.appending("bank"))
    }
  }
}
