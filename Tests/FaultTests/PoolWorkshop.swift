import Foundation
import Machine
import TestSupport

/// A pool with nested datasets and other people's volume snapshots, and a repository beside it.
struct PoolWorkshop {
  let pool: TestPool
  let stillpoint: Program
  /// The volume snapshots that aren't ours, some of them with names that begin like ours.
  let foreign: [String]

  static let tools = SystemCommandRunner()

  var source: String { pool.mountPoint.string }
  var state: FilePath { pool.workingDirectory.appending("state") }

  /// Calls `body` with a pool, and takes everything away afterwards.
  static func with(_ body: (PoolWorkshop) throws -> Void) throws {
    try TestPool.with { pool in
      for dataset in ["home", "home/nested", "my data"] { try pool.create(dataset) }
      for folder in ["", "home", "home/nested", "my data"] {
        try write(1, below: pool.mountPoint.appending(folder))
      }
      let digits = String(repeating: "5e", count: 16)
      let foreign = ["autosnap", "mine", "stillpoint-1", "stillpoint-\(digits)-0"].map {
        "\(pool.name)/home@\($0)"
      }
      for name in foreign { try tools.run(Command("zfs", "snapshot", name)) }
      let stillpoint = try Program.stillpoint(withRepositoryIn: pool.workingDirectory)
      try body(PoolWorkshop(pool: pool, stillpoint: stillpoint, foreign: foreign))
    }
  }

  /// Writes a file of random bytes.
  static func write(_ mebibytes: Int, below folder: FilePath) throws {
    let file = folder.appending("random").string
    try tools.run(
      Command("dd", "if=/dev/urandom", "of=\(file)", "bs=1M", "count=\(mebibytes)")
    )
  }

  /// Whether nothing of ours is left, and everything of others.
  func isClean() throws -> Bool {
    let records = try? FileManager.default.contentsOfDirectory(atPath: state.string)
    return try pool.snapshots() == foreign
      && !(records ?? []).contains { $0.hasSuffix(".run") }
  }

  /// Waits until a backup holds its volume snapshots.
  ///
  /// - Returns: The name of one and the tag of its hold; nil when the backup ended before.
  func heldSnapshot(of backup: RunningProgram) throws -> (name: String, tag: String)? {
    while backup.isRunning {
      let ours = try pool.snapshots().first { !foreign.contains($0) }
      let line = ours.flatMap { try? Self.tools.text(of: Command("zfs", "holds", "-H", $0)) }
      if let ours, let tag = line?.split(separator: "\t").dropFirst().first {
        return (ours, String(tag))
      }
      usleep(10_000)
    }
    return nil
  }
}
