import Machine
import Planning
import Snapshotting
import TestSupport
import Testing

@Suite(.requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "setpriv"))
struct `An ordinary user` {
  /// Calls `body` with a function that runs our program as a user who owns `user` on the volume.
  private func acting(
    options: String,
    _ body: (TestVolumes, _ run: (String...) throws -> Program.Outcome) throws -> Void
  ) throws {
    try TestVolumes.with(options: options) { volumes in
      let working = volumes.loop.workingDirectory
      try volumes.shell(
        """
        chmod 755 '\(working)'; mkdir '\(working)/own'; chown 12345:12345 '\(working)/own'
        install -m 755 '\(Program.stillpoint.path)' '\(working)/stillpoint'
        btrfs subvolume create user; echo 1 > user/file; chown -R 12345:12345 user
        """
      )
      var program = Program(try #require(findTool("setpriv")))
      program.environment = [
        "HOME": "\(working)/own",
        "STILLPOINT_PASSWORD": "a test",
        "STILLPOINT_REPOSITORY": "\(working)/own/repository",
        "STILLPOINT_STATE_DIR": "\(working)/own/state",
        "STILLPOINT_CACHE_DIR": "\(working)/own/cache",
      ]
      let identity = ["--reuid=12345", "--regid=12345", "--clear-groups"]
      try body(volumes) { (arguments: String...) in
        try program.run(arguments: identity + ["\(working)/stillpoint"] + arguments)
      }
    }
  }

  @Test func `snapshots an own subvolume where the mount allows it`() throws {
    try acting(options: "user_subvol_rm_allowed") { volumes, run in
      #expect(try run("init").status == 0)
      let user = volumes.root.appending("user").string
      for _ in 0..<2 {
        let outcome = try run("backup", user)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(!outcome.output.contains("live"), "\(outcome)")
        #expect(try volumes.shell("ls -A user") == "file")
        #expect(try volumes.subvolumes() == ["user"])
      }
      let again = try run("backup", user)
      #expect(again.output.contains("0 new,     0 changed,     1 unmodified"), "\(again)")
      #expect(try run("ls", "latest").output.contains("\(user)/file"))
    }
  }

  @Test func `is told what is missing elsewhere`() throws {
    try acting(options: "rw") { volumes, run in
      #expect(try run("init").status == 0)
      let outcome = try run("backup", volumes.root.appending("user").string)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.error.contains("isn't mounted with user_subvol_rm_allowed"), "\(outcome)")
      #expect(try volumes.shell("ls -A user") == "file")
    }
  }
}
