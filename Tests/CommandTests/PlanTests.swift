import Foundation
import Machine
import TestSupport
import Testing

@Suite struct `A plan` {
  @Test func `needs no repository and says why something is read live`() throws {
    try Sandbox.with { sandbox in
      var program = sandbox.stillpoint
      program.environment = [:]
      let text = try program.succeed("plan", sandbox.source)
      #expect(text.contains("A backup now would have the grade "))
      let json = try program.succeed("plan", "--json", sandbox.source)
      let plan = try #require(try Sandbox.objects(json).first)
      #expect(plan["message_type"] as? String == "plan")
      let pieces = try #require(plan["pieces"] as? [[String: Any]])
      #expect(pieces.first?["path"] as? String == sandbox.source)
      #expect(pieces.allSatisfy { $0["grade"] != nil && $0["reason"] != nil })
    }
  }

  @Test func `ends with 20 when the required grade can't be reached`() throws {
    try Sandbox.with { sandbox in
      for grade in ["instant", "application"] {
        let outcome = try sandbox.stillpoint.run(
          "plan",
          "--snapshot-policy",
          "off",
          "--require",
          grade,
          sandbox.source
        )
        #expect(outcome.status == 20)
      }
      #expect(try sandbox.stillpoint.run("plan", sandbox.path("missing")).status == 1)
    }
  }

  @Test func `of sources that are read live by choice claims no instant`() throws {
    try Sandbox.with { sandbox in
      let json = try sandbox.stillpoint.succeed(
        "plan",
        "--json",
        "--snapshot-policy",
        "off",
        sandbox.source
      )
      let plan = try #require(try Sandbox.objects(json).first)
      #expect(plan["grade"] as? String == "file")
      let pieces = try #require(plan["pieces"] as? [[String: Any]])
      #expect(pieces.map { $0["path"] as? String } == [sandbox.source])
    }
  }

  @Test(.requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "btrfs"))
  func `lists every volume, what is mounted in it, and who writes`() throws {
    try LoopDevice.with("btrfs", sizeMiB: 256) { device in
      let root = device.mountPoint
      for name in ["a", "a/b", "a/b/c"] {
        try Program("/usr/bin/btrfs").succeed("subvolume", "create", root.string + "/" + name)
      }
      let tmpfs = root.appending("tmpfs").string
      try FileManager.default.createDirectory(
        atPath: tmpfs,
        withIntermediateDirectories: false
      )
      try Program("/usr/bin/mount").succeed("-t", "tmpfs", "tmpfs", tmpfs)
      let writer = try Program("/bin/sh").start([
        "-c", "exec 3> \"$0/open\"; exec sleep 100", root.string,
      ])
      defer { kill(writer.processID, SIGKILL) }
      // By then it has opened the file and is no shell any more.
      let name = "/proc/\(writer.processID)/comm"
      while writer.isRunning, try String(contentsOfFile: name, encoding: .utf8) != "sleep\n" {
        usleep(1000)
      }
      let text = try Program.stillpoint.succeed("plan", "--json", root.string)
      let plan = try #require(try Sandbox.objects(text).first)
      let pieces = try #require(plan["pieces"] as? [[String: Any]])
      let found = pieces.map { piece in
        "\(piece["path"] ?? "") \(piece["mechanism"] ?? "") \(piece["grade"] ?? "")"
      }
      #expect(
        found == [
          "\(root) btrfs instant", "\(root)/a btrfs instant", "\(root)/a/b btrfs instant",
          "\(root)/a/b/c btrfs instant", "\(tmpfs) live file",
        ]
      )
      let writers = try #require(plan["writers"] as? [[String: Any]])
      #expect(writers.contains { $0["pid"] as? Int == Int(writer.processID) })
      let people = try Program.stillpoint.succeed("plan", root.string)
      #expect(people.contains("sleep (pid \(writer.processID))"))
      #expect(people.contains("A backup now would have the grade file."))
    }
  }
}
