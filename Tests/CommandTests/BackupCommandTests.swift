import Foundation
import Machine
import TestSupport
import Testing

@Suite struct `Backing up and restoring` {
  @Test(.requiresRoot, .requires(tool: "mkfs.btrfs"))
  func `a file of which nobody could hold the list is named`() throws {
    try LoopDevice.with("btrfs", sizeMiB: 128) { device in
      let stillpoint = try Program.stillpoint(withRepositoryIn: device.workingDirectory)
      let huge = device.mountPoint.appending("huge").string
      try Program("/usr/bin/truncate").succeed("-s", "7E", huge)
      try Program("/usr/bin/truncate").succeed("-s", "1T", huge + "-less")
      let outcome = try stillpoint.run("backup", device.mountPoint.string)
      #expect(outcome.status == 3, "\(outcome)")
      #expect(outcome.error.contains("\(huge): File too large"), "\(outcome)")
      let size = try stillpoint.succeed("stats", "latest")
      #expect(size.contains("1.000 TiB"), "\(size)")
    }
  }

  @Test func `the summary has restic's lines, and ours`() throws {
    try Sandbox.withRepository { sandbox in
      let first = try sandbox.backUp().output
      let expected = """
        no parent snapshot found, will read all files

        Files:           2 new,     0 changed,     0 unmodified
        """
      #expect(first.hasPrefix(expected))
      #expect(first.contains("\nAdded to the repository: "))
      #expect(first.contains(/\nprocessed 2 files, 8 B in \d+:\d\d/))
      #expect(first.contains("\ngrade file, as of "))
      #expect(first.wholeMatch(of: /(?s).*\nsnapshot [0-9a-f]{8} saved\n/) != nil)
      let second = try sandbox.backUp().output
      #expect(second.contains("using parent snapshot "))
      #expect(second.contains("Files:           0 new,     0 changed,     2 unmodified"))
      #expect(second.contains("read 0 B"))
      let dry = try sandbox.backUp("--dry-run", "--force").output
      #expect(dry.contains("Would add to the repository: "))
      #expect(!dry.contains("saved"))
      #expect(try sandbox.stillpoint.succeed("snapshots").contains("2 snapshots"))
    }
  }

  @Test(arguments: [
    ([".=true"], "it would stand where"), (["SOURCE=true"], "it would stand where"),
    (["..=true"], "it would stand where"),
    (["dump=true", "dump/below=true"], "it would stand where"),
    (["dump"], "want NAME=COMMAND"), (["dump=false"], "failed"),
  ])
  func `a dump that can't be there saves nothing`(dumps: [String], reason: String) throws {
    try Sandbox.withRepository { sandbox in
      let options = dumps.flatMap { dump in
        ["--dump", dump.replacingOccurrences(of: "SOURCE", with: sandbox.source)]
      }
      let outcome = try sandbox.stillpoint.run(
        arguments: ["backup", "--snapshot-policy", "off"] + options + [sandbox.source]
      )
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.error.contains(reason), "\(outcome)")
      #expect(try sandbox.stillpoint.succeed("snapshots", "--json") == "[]\n")
    }
  }

  @Test func `an unchanged source makes no snapshot when that is not wanted`() throws {
    try Sandbox.withRepository { sandbox in
      // A relative source, so that the directories above it, where others work, don't count.
      var shell = Program("/bin/sh")
      shell.environment = sandbox.stillpoint.environment
      let script = "cd \(sandbox.directory) && \(sandbox.stillpoint.path) backup source "
      try shell.succeed("-c", script + "--snapshot-policy off")
      let again = try shell.succeed("-c", script + "--snapshot-policy off --skip-if-unchanged")
      #expect(again.contains("skipped creating snapshot"))
      #expect(try sandbox.stillpoint.succeed("snapshots").contains("1 snapshots"))
    }
  }

  @Test(.requires(tool: "restic")) func `the JSON summary has restic's members`() throws {
    try Sandbox.withRepository { sandbox in
      let restic = try #require(sandbox.restic)
      let theirs = try restic.succeed("backup", "--json", sandbox.source)
      let ours = try sandbox.backUp("--json").output
      let expected = try Sandbox.members(of: "summary", in: theirs)
      let found = try Sandbox.members(of: "summary", in: ours)
      #expect(expected.subtracting(found) == [])
      #expect(found.contains("stillpoint"))
    }
  }

  @Test func `every item can be followed`() throws {
    try Sandbox.withRepository { sandbox in
      let text = try sandbox.backUp("-vv").output
      #expect(text.contains("\nnew       \(sandbox.source)/a, saved in "))
      #expect(text.contains("\nnew       \(sandbox.source)/d/, saved in "))
      let json = try sandbox.backUp("-vv", "--json").output
      let items = try Sandbox.objects(json).filter {
        $0["message_type"] as? String == "verbose_status"
      }
      let unchanged = items.filter { $0["action"] as? String == "unchanged" }
      #expect(unchanged.contains { $0["item"] as? String == "\(sandbox.source)/a" })
    }
  }

  @Test func `a missing source among others is told, and is 3`() throws {
    try Sandbox.withRepository { sandbox in
      let outcome = try sandbox.stillpoint.run(
        "backup",
        "--snapshot-policy",
        "off",
        sandbox.source,
        sandbox.path("missing")
      )
      #expect(outcome.status == 3)
      #expect(outcome.error.contains("\(sandbox.path("missing")) does not exist, skipping"))
      #expect(outcome.output.contains(" saved"))
    }
  }

  @Test func `a repository below the source is left out`() throws {
    try Sandbox.withRepository { sandbox in
      let outcome = try sandbox.stillpoint.run(
        "backup",
        "--snapshot-policy",
        "off",
        sandbox.directory.string
      )
      #expect(outcome.status == 0)
      let repository = sandbox.path("repository")
      #expect(outcome.error.contains("warning: the repository \(repository) lies below a source"))
      let listed = try sandbox.stillpoint.succeed("ls", "latest")
      #expect(listed.contains(sandbox.path("source/d/b")))
      #expect(!listed.contains(repository))
      let inside = try sandbox.stillpoint.run("backup", sandbox.path("repository/data"))
      #expect(inside.status == 1)
      #expect(inside.error.contains("lies in the repository it would be stored in"))
    }
  }

  @Test func `sources can come from files`() throws {
    try Sandbox.withRepository { sandbox in
      let source = sandbox.source
      try sandbox.write("patterns", "# a comment\n\n  \(source)/d*  \n\(source)/none*\n")
      let first = try sandbox.backUpOnly("--files-from", sandbox.path("patterns"))
      #expect(first.error.contains("none*\" does not match any files, skipping"))
      #expect(try sandbox.listed() == ["\(source)/d", "\(source)/d/b"])
      try sandbox.write("verbatim", "\(source)/a\n")
      try sandbox.write("raw", "\(source)/l\0")
      let second = try sandbox.backUpOnly(
        "--files-from-verbatim",
        sandbox.path("verbatim"),
        "--files-from-raw",
        sandbox.path("raw")
      )
      #expect(second.status == 0)
      #expect(try sandbox.listed() == ["\(source)/a", "\(source)/l"])
      try sandbox.write("raw", "\(source)/l")
      let third = try sandbox.backUpOnly("--files-from-raw", sandbox.path("raw"))
      #expect(third.error.contains("trailing zero byte missing"))
    }
  }

  @Test func `what is excluded stays out, and the snapshot says so`() throws {
    try Sandbox.withRepository { sandbox in
      try sandbox.write("patterns", "$NAME\n")
      var program = sandbox.stillpoint
      program.environment["NAME"] = "l"
      try program.succeed(
        "backup",
        "--snapshot-policy",
        "off",
        "-e",
        "b",
        "--exclude-file",
        sandbox.path("patterns"),
        "--tag",
        "x,y",
        "--tag",
        "z",
        "--host",
        "elsewhere",
        "--time",
        "2020-01-31 10:00:05",
        sandbox.source
      )
      let source = sandbox.source
      #expect(try sandbox.listed() == ["\(source)/a", "\(source)/d"])
      let snapshot = try #require(
        try JSONSerialization.jsonObject(
          with: Data(sandbox.stillpoint.succeed("snapshots", "--json").utf8)
        ) as? [[String: Any]]
      )[0]
      #expect(snapshot["excludes"] as? [String] == ["b"])
      #expect(snapshot["tags"] as? [String] == ["x", "y", "z"])
      #expect(snapshot["hostname"] as? String == "elsewhere")
      #expect(snapshot["time"] as? String == "2020-01-31T10:00:05+01:00")
      let table = try sandbox.stillpoint.succeed("snapshots")
      #expect(table.contains("2020-01-31 10:00:05  elsewhere   x,y,z"))
      #expect(table.contains("Grade"))
    }
  }

  @Test func `a restore says what it did`() throws {
    try Sandbox.withRepository { sandbox in
      try sandbox.backUp()
      let target = sandbox.path("out")
      let first = try sandbox.stillpoint.succeed("restore", "latest", "--target", target)
      #expect(first.contains("restoring snapshot "))
      #expect(first.contains(" to \(target)\n"))
      #expect(first.contains("Summary: Restored "))
      let restored = try String(
        contentsOfFile: target + sandbox.path("source/d/b"),
        encoding: .utf8
      )
      #expect(restored == "x\n")
      let folder = sandbox.path("folder")
      let part = try sandbox.stillpoint.succeed(
        "restore",
        "latest:\(sandbox.source)/d",
        "-t",
        folder,
        "--verify",
        "-vv"
      )
      #expect(part.contains("restored  /b with size 2 B"))
      #expect(part.contains(/Summary: Restored 1 files\/dirs \(2 B\) in \d+:\d\d/))
      #expect(part.contains("finished verifying 1 files in \(folder)"))
    }
  }

  @Test func `a damaged pack ends a check and a restore with 1`() throws {
    try Sandbox.withRepository { sandbox in
      try sandbox.backUp()
      let packs = try FileManager.default.subpathsOfDirectory(
        atPath: sandbox.path("repository/data")
      )
      .filter { $0.count == 67 }
      for pack in packs {
        try FileManager.default.removeItem(atPath: sandbox.path("repository/data/\(pack)"))
      }
      let check = try sandbox.stillpoint.run("check", "--json")
      #expect(check.status == 1)
      let summary = try Sandbox.objects(check.output)[0]
      #expect(summary["message_type"] as? String == "summary")
      #expect((summary["num_errors"] as? Int ?? 0) > 0)
      #expect(check.error.contains("repository contains errors"))
      let restore = try sandbox.stillpoint.run("restore", "latest", "-t", sandbox.path("out"))
      #expect(restore.status == 1)
    }
  }

  @Test func `a damaged snapshot is named, and the others can be used`() throws {
    try Sandbox.withRepository { sandbox in
      try sandbox.backUp()
      let folder = sandbox.path("repository/snapshots")
      let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
      try sandbox.backUp()
      try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      try Data("damaged".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
      let list = try sandbox.stillpoint.run("snapshots")
      #expect(list.status == 1)
      #expect(list.error.contains("snapshot \(name) is damaged"))
      #expect(list.output.contains("1 snapshots"))
      let latest = try sandbox.stillpoint.run("ls", "latest")
      #expect(latest.status == 0)
      #expect(latest.error.contains("warning: snapshot \(name) is damaged"))
    }
  }

  @Test func `a sound repository is checked in restic's words`() throws {
    try Sandbox.withRepository { sandbox in
      try sandbox.backUp()
      let text = try sandbox.stillpoint.succeed("check", "--read-data")
      for line in [
        "create exclusive lock for repository", "load indexes", "check all packs",
        "check snapshots, trees and blobs", "read all data", "no errors were found",
      ] {
        #expect(text.contains("\(line)\n"))
      }
      #expect(text.contains("100.00%  1 / 1 snapshots\n"))
    }
  }
}

extension Sandbox {
  /// Backs up what the options say, live.
  fileprivate func backUpOnly(_ options: String...) throws -> Program.Outcome {
    try stillpoint.run(arguments: ["backup", "--snapshot-policy", "off", "--no-pause"] + options)
  }

  /// What lies below the source in the latest snapshot.
  fileprivate func listed() throws -> [String] {
    try stillpoint.succeed("ls", "latest").split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix(source + "/") }
  }
}
