import Foundation
import Machine
import TestSupport
import Testing

/// Backups while databases are written to, as a user makes them.
@Suite(
  .serialized,
  .requiresRoot,
  .requires(tool: "mkfs.xfs"),
  .requires(tool: "mkfs.btrfs"),
  .requires(tool: "python3")
)
struct `A backup of applications` {
  private struct Summary: Decodable {
    struct Found: Decodable {
      var kind: String
      var path: String
      var held_ms: Double?
      var reason: String?
    }
    struct Named: Decodable {
      var path: String
      var grade: String
      var reason: String
    }
    struct Stillpoint: Decodable {
      var grade: String
      var applications: [Found]?
      var below_grade: [Named]
    }
    var message_type: String
    var stillpoint: Stillpoint?
  }

  /// A file system with a folder that is backed up.
  private struct Volume {
    var device: LoopDevice
    var source: FilePath
    var stillpoint: Program

    /// Has a program write that does nothing for a moment now and then: what happens on a busy
    /// machine when one doesn't is for the torture tests.
    func open(
      _ name: String,
      _ mode: SQLiteBank.Mode,
      exclusive isExclusive: Bool = false
    ) throws -> SQLiteBank {
      try SQLiteBank(
        source.appending(name),
        mode,
        pausing: 0.005,
        exclusive: isExclusive,
        notesIn: device.workingDirectory
      )
    }

    func backUp(_ options: [String] = []) throws -> Summary.Stillpoint {
      let arguments = ["backup", "--json", "--force"] + options + [source.string]
      let outcome = try stillpoint.run(arguments: arguments)
      try #require(outcome.status == 0 || outcome.status == 3, "\(outcome)")
      let found = outcome.output.split(separator: "\n").lazy.compactMap { line in
        try? JSONDecoder().decode(Summary.self, from: Data(line.utf8))
      }
      let summary = found.first { $0.message_type == "summary" }
      return try #require(summary?.stillpoint, "\(outcome)")
    }

    /// What is wrong in the newest copy of a database.
    func violations(in name: String) throws -> [String] {
      let target = device.workingDirectory.appending("restored")
      try stillpoint.succeed("restore", "latest:\(source)", "--target", target.string)
      defer { try? FileManager.default.removeItem(atPath: target.string) }
      return try SQLiteBank.violations(in: target.appending(name))
    }

    var snapshotCount: Int {
      get throws {
        let text = try stillpoint.succeed("snapshots", "--json")
        return (try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any])?.count ?? 0
      }
    }
  }

  private func with(_ type: String, _ body: (Volume) throws -> Void) throws {
    try LoopDevice.with(type) { device in
      let source = try realPath(device.mountPoint).appending("source")
      try makeDirectories(source)
      let stillpoint = try Program.stillpoint(withRepositoryIn: device.workingDirectory)
      try body(Volume(device: device, source: source, stillpoint: stillpoint))
    }
  }

  @Test(arguments: ["btrfs", "ext4", "xfs"], SQLiteBank.Mode.allCases)
  func `has databases at a clean point`(type: String, mode: SQLiteBank.Mode) throws {
    try with(type) { volume in
      let bank = try volume.open("bank.db", mode)
      var grades: [String] = []
      for _ in 0..<3 {
        let found = try volume.backUp()
        grades.append(found.grade)
        #expect(found.applications?.map(\.path) == [bank.database.string])
        guard found.grade == "application" else { continue }
        let held = try #require(found.applications?.first?.held_ms)
        #expect(held > 0 && held < 1000)
        #expect(found.below_grade.isEmpty)
        #expect(try volume.violations(in: "bank.db") == [])
        #expect(bank.goesOn())
      }
      #expect(grades.contains("application"), "\(grades)")
      #expect(bank.longestWait < 5)
    }
  }

  @Test func `says which it held, and for how long`() throws {
    try with("btrfs") { volume in
      let bank = try volume.open("bank.db", .wal)
      let output = try volume.stillpoint.succeed(
        arguments: ["backup"] + Program.patience + [volume.source.string]
      )
      #expect(output.contains("\ngrade application, as of "), "\(output)")
      #expect(output.contains("\nSQLite \(bank.database) held for "), "\(output)")
    }
  }

  @Test func `keeps what it says of them when snapshots are changed and copied`() throws {
    try with("btrfs") { volume in
      let bank = try volume.open("bank.db", .delete)
      _ = try volume.backUp(Program.patience)
      var other = volume.stillpoint
      let folder = volume.device.workingDirectory.appending("other")
      try makeTestRepository(at: folder)
      other.environment["STILLPOINT_REPOSITORY"] = folder.string
      other.environment["STILLPOINT_FROM_REPOSITORY"] =
        volume.stillpoint.environment["STILLPOINT_REPOSITORY"]
      other.environment["STILLPOINT_FROM_PASSWORD"] = testRepositoryPassword
      try volume.stillpoint.succeed("tag", "--add", "x", "latest")
      try volume.stillpoint.succeed("rewrite", "--forget", "--new-host", "h", "latest")
      try other.succeed("copy", "latest")
      for program in [volume.stillpoint, other] {
        let text = try program.succeed("cat", "snapshot", "latest")
        #expect(text.contains("\"kind\": \"SQLite\""), "\(text)")
        #expect(text.contains("\"\(bank.database)\""), "\(text)")
        #expect(text.contains("\"held_ms\""), "\(text)")
      }
    }
  }

  @Test func `names a database that it can't hold, and claims no more than an instant`() throws {
    try with("btrfs") { volume in
      let bank = try volume.open("busy", .delete, exclusive: true)
      let other = try volume.open("other", .wal)
      let found = try volume.backUp(Program.patience)
      #expect(found.grade == "instant")
      #expect(found.below_grade.map(\.path) == [bank.database.string])
      #expect(found.below_grade.first?.grade == "instant")
      #expect(found.below_grade.first?.reason.contains("python") == true, "\(found.below_grade)")
      #expect(found.applications?.map { $0.held_ms != nil } == [false, true])
      #expect(try volume.violations(in: "other") == [])
      let refused = try volume.stillpoint.run(
        "backup",
        "--require",
        "application",
        volume.source.string
      )
      #expect(refused.status == 20, "\(refused)")
      #expect(refused.error.contains(bank.database.string), "\(refused)")
      #expect(try volume.snapshotCount == 1)
      #expect(bank.goesOn() && other.goesOn())
    }
  }

  @Test func `of which none is open can have the grade application required`() throws {
    try with("btrfs") { volume in
      let found = try volume.backUp(["--require", "application"] + Program.patience)
      #expect(found.grade == "instant")
      #expect(found.applications?.isEmpty == true)
      let off = try volume.stillpoint.run(
        "backup",
        "--require",
        "application",
        "--quiesce",
        "off",
        volume.source.string
      )
      #expect(off.status == 20, "\(off)")
      #expect(try volume.backUp(["--quiesce", "off"]).applications == nil)
    }
  }

  @Test func `has no better grade than its files`() throws {
    try with("ext4") { volume in
      let bank = try volume.open("bank.db", .delete)
      let found = try volume.backUp(["--no-pause"])
      #expect(found.grade == "file" || found.grade == "none")
      #expect(found.below_grade.contains { $0.path == bank.database.string })
      #expect(found.applications?.map { $0.held_ms == nil } == [true])
    }
    try with("btrfs") { volume in
      let bank = try volume.open("bank.db", .delete)
      let found = try volume.backUp(["--no-pause"])
      #expect(found.grade == "none")
      #expect(found.applications?.map(\.path) == [bank.database.string])
    }
  }

  @Test func `names a database that is too large to copy, with the grade of its file`() throws {
    try with("ext4") { volume in
      let bank = try volume.open("bank.db", .wal)
      var grades: Set<String> = []
      for _ in 0..<20 where !grades.contains("file") {
        let found = try volume.backUp(["--hot-copy-max", "1k"])
        grades.insert(found.grade)
        switch found.grade {
        case "file":
          #expect(found.below_grade.contains { $0.path.hasPrefix(bank.database.string) })
        case "application":
          // On a busy machine it may write nothing from the instant until it is read.
          #expect(try volume.violations(in: "bank.db") == [])
        default: break
        }
      }
      #expect(grades.contains("file"), "\(grades)")
    }
  }
}
