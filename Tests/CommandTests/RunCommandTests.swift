import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "btrfs"))
struct `A command in the still tree` {
  /// A source with a nested subvolume, a tmpfs, and binds of a directory and of a file.
  private func withSource(_ body: (LoopDevice, String, Program) throws -> Void) throws {
    try LoopDevice.with("btrfs", sizeMiB: 512) { device in
      let source = device.mountPoint.appending("data").string
      var shell = Program("/bin/sh")
      try shell.succeed(
        "-ec",
        """
        btrfs -q subvolume create "$0"; cd "$0"; btrfs -q subvolume create nested
        mkdir dir tmp bind repo; echo one > file; echo two > dir/file; echo deep > nested/file
        mount -t tmpfs tmpfs tmp; echo tmp > tmp/file
        mkdir "$1"; echo bound > "$1/file"; mount --bind "$1" bind
        touch single; mount --bind "$1/file" single
        """,
        source,
        device.workingDirectory.appending("other").string
      )
      var stillpoint = Program.stillpoint
      stillpoint.environment = [
        "STILLPOINT_STATE_DIR": device.workingDirectory.appending("state").string,
        "RESTIC_REPOSITORY": source + "/repo/restic",
        "RESTIC_PASSWORD": "sesame",
        "RESTIC_CACHE_DIR": device.workingDirectory.appending("cache").string,
      ]
      shell.environment = stillpoint.environment
      try body(device, source, stillpoint)
      let left = try shell.succeed("-c", "btrfs subvolume list \"$0\"", device.mountPoint.string)
      #expect(!left.contains(".stillpoint"))
    }
  }

  @Test func `sees the same paths, with all that is nested and mounted below`() throws {
    try withSource { _, source, stillpoint in
      let list = "cd \"$0\" && find . | sort && cat file dir/file */file single"
      let outside = try Program("/bin/sh").succeed("-c", list, source)
      let inside = try stillpoint.run("run", "--source", source, "--", "sh", "-c", list, source)
      #expect(inside.output == outside)
      #expect(inside.status == 0)
      // What others write meanwhile isn't seen; what is live is.
      let script = """
        echo new > "/proc/$PPID/root$0/file"; echo new > "/proc/$PPID/root$0/tmp/file"
        cat "$0/file" "$0/tmp/file"
        """
      let still = try stillpoint.run("run", "--source", source, "--", "sh", "-c", script, source)
      #expect(still.output == "one\nnew\n", "\(still)")
    }
  }

  @Test func `can't write into it but where that is kept`() throws {
    try withSource { _, source, stillpoint in
      let script = "echo kept > \"$0/repo/file\"; echo lost > \"$0/dir/file\""
      let outcome = try stillpoint.run(
        arguments: ["run", "--source", source, "--keep", source + "/repo", "--keep", "/tmp"]
          + ["--", "sh", "-c", script, source]
      )
      #expect(outcome.error.contains("Read-only file system"))
      #expect(outcome.status != 0)
      #expect(try String(contentsOfFile: source + "/repo/file", encoding: .utf8) == "kept\n")
      #expect(try String(contentsOfFile: source + "/dir/file", encoding: .utf8) == "two\n")
      let missing = try stillpoint.run("run", "--source", source, "--keep", "/none", "--", "true")
      #expect(missing.status == 1)
      #expect(missing.error.contains("/none"))
    }
  }

  @Test func `ends as it ended`() throws {
    try withSource { _, source, stillpoint in
      func status(_ words: String...) throws -> Int32 {
        try stillpoint.run(arguments: ["run", "--source", source + "/nested", "--"] + words).status
      }
      #expect(try status("true") == 0)
      #expect(try status("sh", "-c", "exit 42") == 42)
      #expect(try status("sh", "-c", "kill -KILL $$") == 137)
      #expect(try status("no-such-program") == 127)
      #expect(try status("/etc/passwd") == 126)
      let strict = ["run", "--source", source, "--require", "instant", "--", "echo", "started"]
      let refused = try stillpoint.run(arguments: strict)
      #expect(refused.status == 20)
      #expect(refused.output == "")
      #expect(try stillpoint.run("run", "--", "true").status == 1)
      #expect(try stillpoint.run("run", "--source", source).status == 1)
      #expect(try stillpoint.run("run", "--source", source, "true").status == 1)
    }
  }

  @Test func `has our environment, directory, mask and limits, and knows the instant`() throws {
    try withSource { _, source, stillpoint in
      var shell = Program("/bin/sh")
      shell.environment = stillpoint.environment
      let inner =
        "pwd; umask; ulimit -n; echo $STILLPOINT_GRADE $STILLPOINT_INSTANT $NAME; cat file"
      let patience = Program.patience.joined(separator: " ")
      let script = """
        cd "$1/nested" && umask 027 && ulimit -Sn 333 && export NAME=value
        exec "$0" run \(patience) --source "$1/nested" -- sh -c '\(inner)'
        """
      let lines = try shell.succeed("-c", script, stillpoint.path.string, source)
        .split(separator: "\n")
      #expect(lines.count == 5)
      #expect(lines.first.map(String.init) == source + "/nested")
      #expect(lines.dropFirst().prefix(2) == ["0027", "333"])
      #expect(lines[3].hasPrefix("instant 20") && lines[3].hasSuffix(" value"))
      #expect(lines.last == "deep")
    }
  }

  @Test func `ends with 21 when its volume snapshot was lost`() throws {
    try withSource { device, source, stillpoint in
      let script = "btrfs -q subvolume delete \"$0\"/.stillpoint/*-0"
      let outcome = try stillpoint.run(
        arguments: ["run", "--source", source + "/nested", "--", "sh", "-c", script]
          + [device.mountPoint.string]
      )
      #expect(outcome.status == 21, "\(outcome)")
      #expect(outcome.error.contains("was lost while it ran"))
    }
  }

  @Test func `leaves nothing running`() throws {
    try withSource { _, source, stillpoint in
      let outcome = try stillpoint.run(
        arguments: ["run", "--source", source, "--", "sh", "-c", "sleep 1000 & echo $!"]
      )
      #expect(outcome.status == 0)
      #expect(outcome.error.contains("left running"))
      let number = try #require(outcome.output.split(separator: "\n").first)
      // Whoever adopted it may not have collected it yet; then it has no memory.
      let status = try? String(contentsOfFile: "/proc/\(number)/status", encoding: .utf8)
      #expect(status?.contains("VmSize") != true)
    }
  }

  @Test(.requires(tool: "restic"))
  func `is restic, with its repository in the source, and finds its parent`() throws {
    try withSource { _, source, stillpoint in
      var restic = try #require(Program.restic)
      restic.environment = stillpoint.environment
      try restic.succeed("init")
      let words = ["restic", "backup", "--json", "--exclude", source + "/repo", source]
      let all = ["run", "--source", source, "--keep", source + "/repo", "--"] + words
      #expect(try stillpoint.run(arguments: all).status == 0)
      try Data("three\n".utf8).write(to: URL(filePath: source + "/nested/file"))
      let second = try stillpoint.run(arguments: all)
      let summary = try #require(try Sandbox.objects(second.output).last)
      #expect(summary["files_new"] as? Int == 0, "\(second)")
      #expect(summary["files_changed"] as? Int == 1)
      #expect((summary["files_unmodified"] as? Int ?? 0) >= 4)
      let paths = try restic.succeed("ls", "latest")
      #expect(paths.contains(source + "/nested/file"))
    }
  }
}
