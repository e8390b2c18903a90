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
  private struct Summary: Decodable {
    struct Found: Decodable {
      var held_ms: Double?
      var reason: String?
    }
    struct Stillpoint: Decodable {
      var grade: String
      var applications: [Found]?
    }
    var snapshot_id: String?
    var stillpoint: Stillpoint?
  }

  @Test(arguments: ["btrfs", "xfs", "ext4"], SQLiteBank.Mode.allCases)
  func `are at a clean point`(type: String, mode: SQLiteBank.Mode) throws {
    try TortureRun.Place.onLoop(type) { place in
      let source = try realPath(place.mountPoint).appending("source")
      try makeDirectories(source)
      let stillpoint = try Program.stillpoint(withRepositoryIn: place.workingDirectory)
      let bank = try SQLiteBank(source.appending("bank"), mode, notesIn: place.workingDirectory)
      let backups = try (0..<TortureRun.count).map { _ in try backUp(source, stillpoint) }
      #expect(bank.goesOn())
      // The writer itself looks again only so often, so that this is more than it was held.
      #expect(bank.longestWait < 2)
      bank.stop()
      let unclean = try backups.flatMap { try violations(of: $0, source, stillpoint, place) }
      #expect(unclean == [])
      let reached = backups.count { $0.stillpoint?.grade == "application" }
      let reasons = backups.flatMap { $0.stillpoint?.applications ?? [] }.compactMap(\.reason)
      #expect(reached == backups.count, "\(reasons)")
      let held = backups.flatMap { $0.stillpoint?.applications ?? [] }.compactMap(\.held_ms).sorted()
      let median = try #require(held.isEmpty ? nil : held[held.count / 2])
      print(
        """
        torture, SQLite (\(mode.rawValue)) on \(type): \(reached) of \(backups.count) at a clean \
        point, \(unclean.count) not whole; held median \(Int(median)) ms, \
        longest \(Int(held.last ?? 0)) ms; a writer waited \(Int(bank.longestWait * 1000)) ms
        """
      )
    }
  }

  private func backUp(_ source: FilePath, _ stillpoint: Program) throws -> Summary {
    let outcome = try stillpoint.run("backup", "--json", "--quiet", source.string)
    let found = outcome.output.split(separator: "\n").lazy.compactMap { line in
      try? JSONDecoder().decode(Summary.self, from: Data(line.utf8))
    }
    return try #require(found.first { $0.snapshot_id != nil }, "\(outcome)")
  }

  /// What is wrong in a backup that claims to be at a clean point.
  private func violations(
    of backup: Summary,
    _ source: FilePath,
    _ stillpoint: Program,
    _ place: TortureRun.Place
  ) throws -> [String] {
    guard backup.stillpoint?.grade == "application", let id = backup.snapshot_id else { return [] }
    let target = place.workingDirectory.appending("restored")
    try stillpoint.succeed("restore", "\(id):\(source)", "--target", target.string)
    defer { try? FileManager.default.removeItem(atPath: target.string) }
    return try SQLiteBank.violations(in: target.appending("bank"))
  }
}
