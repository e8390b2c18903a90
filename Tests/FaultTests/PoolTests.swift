import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requiresTestMachine)
struct `A backup of a pool` {
  private let tools = SystemCommandRunner()

  /// Calls `body` with a pool of nested datasets, two volume snapshots of others, and the program.
  private func withPool(_ body: (TestPool, Program, _ foreign: [String]) throws -> Void) throws {
    try TestPool.with { pool in
      for dataset in ["home", "home/nested", "my data"] { try pool.create(dataset) }
      for folder in ["", "home", "home/nested", "my data"] {
        try write(2, below: pool.mountPoint.appending(folder))
      }
      let foreign = ["\(pool.name)/home@autosnap", "\(pool.name)/home@stillpoint-1"]
      for name in foreign { try tools.run(Command("zfs", "snapshot", name)) }
      var stillpoint = Program.stillpoint
      stillpoint.environment = [
        "STILLPOINT_REPOSITORY": pool.workingDirectory.appending("repository").string,
        "STILLPOINT_PASSWORD": "pool test",
        "STILLPOINT_STATE_DIR": pool.workingDirectory.appending("state").string,
        "STILLPOINT_CACHE_DIR": pool.workingDirectory.appending("cache").string,
      ]
      try stillpoint.succeed("init")
      try body(pool, stillpoint, foreign)
    }
  }

  private func write(_ mebibytes: Int, below folder: FilePath) throws {
    var random = SystemRandomNumberGenerator()
    let words = (0..<(mebibytes << 17)).map { _ in random.next() }
    let data = words.withUnsafeBytes { Data($0) }
    try data.write(to: URL(filePath: folder.appending("random").string))
  }

  @Test func `is whole, of one instant without a pause, and leaves nothing`() throws {
    try withPool { pool, stillpoint, foreign in
      let source = pool.mountPoint.string
      let text = try stillpoint.succeed("backup", "--json", "--require", "instant", source)
      #expect(!text.contains("pause_ms"))
      #expect(try pool.snapshots() == foreign)

      let target = pool.workingDirectory.appending("restored").string
      try stillpoint.succeed("restore", "latest:\(source)", "--target", target)
      try tools.run(Command("diff", "-r", source, target))

      // The tops of volume snapshots have other inodes each time; nothing has changed all the same.
      let again = try stillpoint.succeed("backup", "--json", "--skip-if-unchanged", source)
      #expect(!again.contains("snapshot_id"))
    }
  }

  @Test func `whose volume snapshot is let go by others ends with 21`() throws {
    try withPool { pool, stillpoint, foreign in
      try write(48, below: pool.mountPoint.appending("home"))
      let backup = try stillpoint.start(["backup", pool.mountPoint.string])
      let name = "\(pool.name)/home@stillpoint-"
      var tag: Substring?
      var held: String?
      _ = holds(within: 60) {
        held = try? pool.snapshots().first { $0.hasPrefix(name) && !foreign.contains($0) }
        guard let held else { return !backup.isRunning }
        let line = try? tools.text(of: Command("zfs", "holds", "-H", held))
        tag = line?.split(separator: "\t").dropFirst().first
        return tag != nil || !backup.isRunning
      }
      let snapshot = try #require(held)
      try tools.run(Command("zfs", "release", String(try #require(tag)), snapshot))
      // It is mounted, so that the kernel keeps it.
      #expect(throws: CommandError.self) { try tools.run(Command("zfs", "destroy", snapshot)) }
      let outcome = backup.wait()
      #expect(outcome.status == 21, "\(outcome)")
      #expect(try pool.snapshots() == foreign)
      #expect(try stillpoint.succeed("snapshots", "--json").contains("short_id") == false)
    }
  }

  @Test func `that is killed leaves nothing after the next start`() throws {
    try withPool { pool, stillpoint, foreign in
      let source = pool.mountPoint.string
      let begin = Date()
      try stillpoint.succeed("backup", "--force", source)
      let length = Date().timeIntervalSince(begin)
      for point in 1...8 {
        let backup = try stillpoint.start(["backup", "--force", source])
        usleep(UInt32(length * Double(point) / 9 * 1_000_000))
        kill(backup.processID, SIGKILL)
        _ = backup.wait()
        if try !holds(within: 20, { try pool.snapshots() == foreign }) {
          try stillpoint.succeed("backup", source)
        }
        #expect(try pool.snapshots() == foreign, "point \(point)")
      }
      try stillpoint.succeed("check", "--read-data")
    }
  }

  @Test func `and of a btrfs besides is of one instant by a pause`() throws {
    try withPool { pool, stillpoint, foreign in
      try LoopDevice.with("btrfs") { loop in
        try write(1, below: loop.mountPoint)
        let text = try stillpoint.succeed(
          "backup",
          "--json",
          "--require",
          "instant",
          "--max-pause",
          "20s",
          pool.mountPoint.string,
          loop.mountPoint.string
        )
        #expect(text.contains("pause_ms"))
        #expect(try pool.snapshots() == foreign)
      }
    }
  }
}
