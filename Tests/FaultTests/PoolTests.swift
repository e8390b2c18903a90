import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requiresTestMachine)
struct `A backup of a pool` {
  @Test func `is whole, of one instant without a pause, and leaves nothing`() throws {
    try PoolWorkshop.with { shop in
      let first = try shop.stillpoint.run(
        arguments: ["backup", "--json", "--quiet", "--require", "instant", shop.source]
      )
      #expect(first.status == 0, "\(first)")
      #expect(!first.output.contains("pause_ms"))
      // It removed everything by itself, not as the leftovers that its record names.
      #expect(!first.output.contains("warning") && !first.error.contains("left"), "\(first)")
      #expect(try shop.isClean())

      // The tops of volume snapshots have other inodes each time; nothing has changed all the same.
      let again = try shop.stillpoint.succeed("backup", "--json", "--quiet", shop.source)
      #expect(again.contains("\"tree_blobs\":0,"), "\(again)")
      #expect(again.contains("\"data_added\":0,"))

      let target = shop.pool.workingDirectory.appending("restored").string
      try shop.stillpoint.succeed("restore", "latest:\(shop.source)", "--target", target)
      try PoolWorkshop.tools.run(Command("diff", "-r", shop.source, target))
    }
  }

  @Test func `whose volume snapshot is let go by others ends with 21`() throws {
    try PoolWorkshop.with { shop in
      try PoolWorkshop.write(32, below: shop.pool.mountPoint.appending("home"))
      let backup = try shop.stillpoint.start(["backup", shop.source])
      let (snapshot, tag) = try #require(try shop.heldSnapshot(of: backup))
      try PoolWorkshop.tools.run(Command("zfs", "release", tag, snapshot))
      // It is mounted, so that the kernel keeps it; and nobody can unmount what they can't see.
      for verb in [["destroy"], ["destroy", "-d"], ["unmount"]] {
        #expect(throws: CommandError.self) {
          try PoolWorkshop.tools.run(Command("zfs", arguments: verb + [snapshot]))
        }
      }
      let outcome = backup.wait()
      #expect(outcome.status == 21, "\(outcome)")
      #expect(try shop.isClean())
      #expect(try shop.stillpoint.succeed("snapshots", "--json").contains("short_id") == false)
    }
  }

  @Test(arguments: [true, false])
  func `that is killed while it reads, or its keeper, leaves nothing`(isMain: Bool) throws {
    try PoolWorkshop.with { shop in
      let backup = try shop.stillpoint.start(["backup", "--quiet", shop.source])
      _ = try #require(try shop.heldSnapshot(of: backup))
      let victims = isMain ? [backup.processID] : children(of: backup.processID)
      for victim in victims { kill(victim, SIGKILL) }
      #expect(backup.wait().status == (isMain ? -SIGKILL : 0))
      #expect(try holds(within: 60) { try shop.isClean() })
      try shop.stillpoint.succeed("check", "--read-data")
    }
  }

  @Test func `and of a btrfs besides is of one instant by a pause`() throws {
    try PoolWorkshop.with { shop in
      try LoopDevice.with("btrfs") { loop in
        try PoolWorkshop.write(1, below: loop.mountPoint)
        try expectOnePause(shop, and: loop.mountPoint)
      }
    }
  }

  @Test func `and of another is of one instant by a pause`() throws {
    try PoolWorkshop.with { shop in
      try TestPool.with { other in
        try PoolWorkshop.write(1, below: other.mountPoint)
        try expectOnePause(shop, and: other.mountPoint)
        #expect(try other.snapshots() == [])
      }
    }
  }

  private func expectOnePause(_ shop: PoolWorkshop, and other: FilePath) throws {
    let text = try shop.stillpoint.succeed(
      "backup",
      "--json",
      "--quiet",
      "--require",
      "instant",
      "--max-pause",
      "30s",
      shop.source,
      other.string
    )
    #expect(text.contains("pause_ms"))
    #expect(try shop.isClean())
  }

  @Test func `lists every dataset, also those that aren't mounted`() throws {
    try PoolWorkshop.with { shop in
      let top = shop.pool.name
      let away = shop.pool.workingDirectory.appending("away").string
      let source = shop.source
      for words in [
        ["create", "-o", "canmount=off", "\(top)/off"], ["create", "\(top)/off/child"],
        ["create", "-o", "canmount=noauto", "\(top)/noauto"], ["create", "\(top)/gone"],
        ["unmount", "\(top)/gone"], ["create", "-o", "mountpoint=\(away)", "\(top)/away"],
      ] {
        try PoolWorkshop.tools.run(Command("zfs", arguments: words))
      }
      let plan = try shop.stillpoint.succeed("plan", source)
      for line in [
        "\(source) zfs instant", "\(source)/home zfs instant", "\(source)/home/nested zfs instant",
        "\(source)/my data zfs instant", "\(source)/off/child zfs instant",
        "\(source)/off not read", "\(source)/noauto not read", "\(source)/gone not read",
        "\(away) not read",
      ] {
        let words = line.replacing(source, with: "PATH").split(separator: " ")
        let found = plan.split(separator: "\n").contains { row in
          row.replacing(source, with: "PATH").split(separator: " ").starts(with: words)
        }
        #expect(found, "\(line) in\n\(plan)")
      }
      let backup = try shop.stillpoint.run("backup", source)
      #expect(backup.status == 0)
      #expect(backup.error.contains("\(source)/gone: the dataset \(top)/gone belongs here"))
      #expect(backup.error.contains("\(source)/noauto"))
      #expect(try shop.stillpoint.succeed("ls", "latest").contains("\(source)/off/child"))
    }
  }

  @Test func `isn't harmed by what only looks like ours, which the doctor names`() throws {
    try PoolWorkshop.with { shop in
      let name = "\(shop.pool.name)/my data@stillpoint-unknown"
      try PoolWorkshop.tools.run(
        Command("zfs", "snapshot", "-o", "stillpoint:run=unknown", name)
      )
      try shop.stillpoint.succeed("backup", shop.source)
      let found = try shop.stillpoint.succeed("doctor", "--repair")
      #expect(found.contains("foreign: the volume snapshot \(name) has our mark"))
      #expect(found.contains("zfs release stillpoint-unknown '\(name)'; zfs destroy '\(name)'"))
      #expect(try shop.pool.snapshots().sorted() == (shop.foreign + [name]).sorted())
    }
  }
}
