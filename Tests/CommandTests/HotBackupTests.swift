import Foundation
import Machine
import TestSupport
import Testing

/// Backups of file systems without volume snapshots, as a user makes them.
@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.xfs"), .requires(tool: "mkfs.btrfs"))
struct `A backup without volume snapshots` {
  private struct Summary: Decodable {
    struct Stillpoint: Decodable {
      struct Named: Decodable {
        var path: String
        var grade: String
        var reason: String
      }
      var grade: String
      var bytes_read: UInt64
      var pause_ms: Double?
      var below_grade: [Named]
    }
    var message_type: String
    var tree_blobs: Int?
    var data_blobs: Int?
    var files_unmodified: Int?
    var stillpoint: Stillpoint?
  }

  /// A file system with a file that a program keeps open, and the program.
  private struct Volume {
    var device: LoopDevice
    var source: FilePath
    var stillpoint: Program

    /// Backs up the source, by default by a relative path: others work in the directories above.
    func backUp(
      _ options: [String] = [],
      of sources: [FilePath]? = nil,
      endingWith statuses: Set<Int32> = [0]
    ) throws -> Summary {
      var stillpoint = stillpoint
      stillpoint.workingDirectory = device.mountPoint
      let paths = sources?.map(\.string) ?? ["source"]
      let words = ["backup", "--json"] + Program.patience + options + paths
      let outcome = try stillpoint.run(arguments: words)
      try #require(statuses.contains(outcome.status), "\(outcome)")
      let lines = outcome.output.split(separator: "\n")
      let found = lines.lazy.compactMap { line in
        try? JSONDecoder().decode(Summary.self, from: Data(line.utf8))
      }
      return try #require(found.first { $0.message_type == "summary" }, "\(outcome)")
    }

    /// Starts a shell that runs `script` in the source, with nothing open but what that opens.
    func start(_ script: String) throws -> RunningProgram {
      let ready = device.workingDirectory.appending("ready").string
      let program = try Program("/bin/sh").start([
        "-c", "cd \"$0\" && \(script.replacingOccurrences(of: "READY", with: "touch \(ready)"))",
        source.string,
      ])
      while !FileManager.default.fileExists(atPath: ready) { usleep(1000) }
      try FileManager.default.removeItem(atPath: ready)
      return program
    }
  }

  private func with(_ type: String, _ body: (Volume) throws -> Void) throws {
    try LoopDevice.with(type) { device in
      let source = device.mountPoint.appending("source")
      try makeDirectories(source.appending("d"))
      for name in ["a", "d/b"] {
        try Data(name.utf8).write(to: URL(filePath: source.string + "/" + name))
      }
      var stillpoint = Program.stillpoint
      stillpoint.environment = [
        "STILLPOINT_REPOSITORY": device.workingDirectory.appending("repository").string,
        "STILLPOINT_PASSWORD": "hot",
        "STILLPOINT_STATE_DIR": device.workingDirectory.appending("state").string,
        "STILLPOINT_CACHE_DIR": device.workingDirectory.appending("cache").string,
      ]
      try stillpoint.succeed("init")
      try body(Volume(device: device, source: source, stillpoint: stillpoint))
    }
  }

  @Test(arguments: [("ext4", "live"), ("xfs", "clone")])
  func `is planned, made, and adds nothing when nothing changed`(
    type: String,
    mechanism: String
  ) throws {
    try with(type) { volume in
      let opener = try volume.start("exec 3> open; echo x >&3; READY; exec sleep 1000")
      defer { kill(opener.processID, SIGKILL) }
      let json = try volume.stillpoint.succeed("plan", "--json", volume.source.string)
      let plan = try #require(try Sandbox.objects(json).first)
      let piece = try #require((plan["pieces"] as? [[String: Any]])?.first)
      #expect(plan["grade"] as? String == "instant")
      #expect(plan["pause"] as? Bool == true)
      #expect(piece["mechanism"] as? String == mechanism)
      #expect((piece["reason"] as? String)?.contains("named") == true)
      let first = try volume.backUp(["--require", "instant"])
      #expect(first.stillpoint?.grade == "instant")
      #expect(first.stillpoint?.below_grade.isEmpty == true)
      #expect(first.stillpoint?.pause_ms != nil)
      // Times that are as new as the instant are not believed.
      usleep(50_000)
      _ = try volume.backUp()
      let again = try volume.backUp()
      #expect(again.stillpoint?.grade == "instant")
      #expect(again.tree_blobs == 0)
      #expect(again.data_blobs == 0)
      #expect(again.stillpoint?.bytes_read == 0)
      #expect(again.files_unmodified == 3)
    }
  }

  @Test func `names files that are too large to copy when they change, and only then`() throws {
    try with("ext4") { volume in
      let script = """
        exec 3<> idle 4<> busy; head -c 300000 /dev/zero >&3; head -c 300000 /dev/zero >&4
        READY; while :; do echo x 1<> busy; done
        """
      let writer = try volume.start(script)
      defer { kill(writer.processID, SIGKILL) }
      let limit = ["--hot-copy-max", "100k"]
      // A busy machine may give the writer no time between the pause and the reading: then nothing
      // is named, rightly. Or the file changes each time while it is read: 3.
      var named: [Summary.Stillpoint.Named] = []
      for _ in 0..<20 where named.isEmpty {
        let found = try volume.backUp(limit, endingWith: [0, 3]).stillpoint
        named = found?.below_grade ?? []
        #expect(found?.grade == named.first?.grade ?? "instant")
      }
      #expect(named.map(\.path) == [volume.source.appending("busy").string])
      #expect(named.first?.reason.contains("--hot-copy-max") == (named.first?.grade == "file"))
      let required =
        ["backup", "--require", "instant"] + Program.patience + limit + [volume.source.string]
      var refused = try volume.stillpoint.run(arguments: required)
      for _ in 0..<20 where refused.status == 0 {
        refused = try volume.stillpoint.run(arguments: required)
      }
      #expect(refused.status == 20)
      #expect(refused.error.contains("busy"))
      #expect(try volume.backUp().stillpoint?.grade == "instant")
    }
  }

  @Test func `has the grade file when the pause can't be long enough, or isn't wanted`() throws {
    try with("ext4") { volume in
      // One that may write, and doesn't: without a pause a busy file would be torn on a slow machine.
      let opener = try volume.start("exec 3> open; echo x >&3; READY; exec sleep 1000")
      defer { kill(opener.processID, SIGKILL) }
      for options in [["--max-pause", "1ns"], ["--no-pause"], ["--snapshot-policy", "off"]] {
        let outcome = try volume.stillpoint.run(
          arguments: ["backup", "--require", "instant"] + options + [volume.source.string]
        )
        #expect(outcome.status == 20, "\(options) \(outcome)")
        let found = try volume.stillpoint.run(
          arguments: ["backup"] + options + [volume.source.string]
        )
        #expect(found.output.contains("\ngrade file, as of "), "\(options) \(found)")
      }
      let required = try volume.stillpoint.run(
        "backup",
        "--snapshot-policy",
        "required",
        volume.source.string
      )
      #expect(required.status == 1)
    }
  }

  @Test(.requires(tool: "btrfs")) func `is of one instant with one that has them`() throws {
    try with("ext4") { ext in
      try LoopDevice.with("btrfs") { btrfs in
        let other = btrfs.mountPoint.appending("data")
        try makeDirectories(other)
        let opener = try ext.start(
          "exec 3> first 4> \(other)/second; READY; while :; do echo x >&3; echo x >&4; done"
        )
        defer { kill(opener.processID, SIGKILL) }
        let target = ext.device.workingDirectory.appending("restored")
        for _ in 0..<3 {
          let found = try ext.backUp(["--require", "instant"], of: [ext.source, other])
          #expect(found.stillpoint?.grade == "instant")
          try ext.stillpoint.succeed("restore", "latest", "--target", target.string)
          let sizes = try [ext.source.appending("first"), other.appending("second")].map { path in
            try fileMetadata(of: target.appending(path.components)).size
          }
          #expect(sizes[0] == sizes[1] || sizes[0] == sizes[1] + 2, "\(sizes)")
          try FileManager.default.removeItem(atPath: target.string)
        }
      }
    }
  }

  @Test(.requiresTestMachine)
  func `is of no instant when somebody sets the clock`() throws {
    try with("ext4") { volume in
      let opener = try volume.start("exec 3> open; echo x >&3; READY; exec sleep 1000")
      defer { kill(opener.processID, SIGKILL) }
      #expect(try volume.backUp().stillpoint?.grade == "instant")
      let setter = try volume.start(
        "READY; while :; do date -s '+1 second' >&2; sleep 0.02; done"
      )
      defer { kill(setter.processID, SIGKILL) }
      let found = try #require(try volume.backUp(["--force"]).stillpoint)
      #expect(found.grade == "file")
      #expect(found.below_grade.map(\.path) == [volume.source.string])
      #expect(found.below_grade.first?.reason.contains("clock") == true, "\(found.below_grade)")
    }
  }

  @Test func `leaves nothing of its copies when it is killed`() throws {
    try with("xfs") { volume in
      let writer = try volume.start(
        "exec 3<> open; head -c 50000000 /dev/urandom >&3; READY; exec sleep 1000"
      )
      defer { kill(writer.processID, SIGKILL) }
      try Program("/bin/sync").succeed("-f", volume.source.string)
      let before = try freeBlocks(volume)
      for point in 0..<8 {
        let backup = try volume.stillpoint.start(["backup", "--force", volume.source.string])
        usleep(UInt32(point * 100_000))
        kill(backup.processID, SIGKILL)
        _ = backup.wait()
      }
      let names = try FileManager.default.subpathsOfDirectory(
        atPath: volume.device.mountPoint.string
      )
      #expect(names.sorted() == ["source", "source/a", "source/d", "source/d/b", "source/open"])
      try Program("/bin/sync").succeed("-f", volume.source.string)
      #expect(abs(try freeBlocks(volume) - before) < 1000)
    }
  }

  /// In units of 4096 bytes.
  private func freeBlocks(_ volume: Volume) throws -> Int {
    let text = try Program("/usr/bin/stat").succeed(
      "-f",
      "-c",
      "%f",
      volume.device.mountPoint.string
    )
    return try #require(Int(text.filter(\.isNumber)))
  }

  @Test func `of an ordinary user is as before`() throws {
    try with("ext4") { volume in
      let user = Program("/usr/bin/setpriv")
      let open = try Program("/bin/chmod").run("-R", "a+rX", volume.device.workingDirectory.string)
      #expect(open.status == 0)
      let outcome = try user.run(
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        volume.stillpoint.path.string,
        "plan",
        "--json",
        volume.source.string
      )
      guard outcome.status == 0 else {
        // The program itself may lie where others may not look.
        return #expect(outcome.error.contains("ermission denied"), "\(outcome)")
      }
      let plan = try #require(try Sandbox.objects(outcome.output).first)
      #expect(plan["grade"] as? String == "file")
    }
  }
}
