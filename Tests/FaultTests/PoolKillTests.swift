import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requiresTestMachine, .requires(tool: "python3"))
struct `Being killed while a pool stands still` {
  /// Around each command that makes or removes something: after the record, while volume
  /// snapshots are taken, held, mounted (before the third `get`), when they were read (before the
  /// first `holds`), and while they are removed.
  private static let points: [(verb: String, number: Int, moments: [String])] = [
    ("snapshot", 1, ["before", "during", "after"]), ("hold", 1, ["after"]), ("get", 3, ["before"]),
    ("holds", 1, ["before"]), ("destroy", 1, ["during"]),
  ]

  @Test(arguments: ["main", "keeper", "both", "tool"])
  func `leaves nothing at any step`(victim: String) throws {
    try PoolWorkshop.with { shop in
      let trap = try ToolTrap(
        of: try #require(findTool("zfs")),
        in: shop.pool.workingDirectory.appending("trap")
      )
      var stillpoint = shop.stillpoint
      stillpoint.environment["PATH"] = "\(trap.folder):/usr/sbin:/usr/bin:/sbin:/bin"
      let writer = try mappingWriter(shop)
      defer {
        kill(writer.processID, SIGKILL)
        _ = writer.wait()
      }
      for point in Self.points {
        for moment in point.moments {
          let strike = ToolTrap.Strike(
            verb: point.verb,
            number: point.number,
            moment: moment,
            victim: victim
          )
          try trap.set(strike)
          let outcome = try stillpoint.run(
            arguments: ["run", "--max-pause", "60s", "--source", shop.source, "--", "true"]
          )
          let hasSnapped = trap.hasSnapped
          trap.disarm()
          #expect(hasSnapped, "\(strike): \(outcome)")
          let isKilled = ["main", "both"].contains(victim)
          #expect(isKilled == (outcome.status == -SIGKILL), "\(strike): \(outcome)")
          try expectNothingLeft(shop, strike, byKeeper: victim == "main")
          #expect(holds(within: 5) { isRunning(writer.processID) }, "\(strike)")
        }
      }
    }
  }

  /// Nothing, at the latest after the next start.
  private func expectNothingLeft(
    _ shop: PoolWorkshop,
    _ strike: ToolTrap.Strike,
    byKeeper: Bool
  ) throws {
    if byKeeper {
      let isClean = try holds(within: 90) { try shop.isClean() }
      #expect(isClean, "\(strike): the keeper left something")
    }
    if try !shop.isClean() {
      let repaired = try shop.stillpoint.run("doctor", "--repair")
      #expect(repaired.status == 0, "\(strike): \(repaired)")
    }
    #expect(try shop.pool.snapshots() == shop.foreign, "\(strike)")
    #expect(try shop.isClean(), "\(strike)")
  }

  /// A program for which every backup pauses: it stores through a mapping.
  private func mappingWriter(_ shop: PoolWorkshop) throws -> RunningProgram {
    let file = shop.pool.mountPoint.appending("home/mapped").string
    let writer = try Program("/usr/bin/python3").start([
      "-c",
      """
      import mmap, sys, time
      file = open(sys.argv[1], "w+b"); file.truncate(4096); pages = mmap.mmap(file.fileno(), 4096)
      open(sys.argv[1] + ".ready", "w").close()
      while True: pages[0] = (pages[0] + 1) % 256; time.sleep(0.001)
      """,
      file,
    ])
    #expect(holds(within: 30) { FileManager.default.fileExists(atPath: file + ".ready") })
    return writer
  }
}
