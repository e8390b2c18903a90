import Foundation
import Machine
import TestSupport
import Testing

@Suite(.requires(tool: "restic")) struct `Backing up a stream` {
  /// Runs `command | program arguments…`.
  private func pipe(
    _ command: String,
    into program: Program,
    _ arguments: [String]
  ) throws -> Program.Outcome {
    var shell = Program("/bin/sh")
    shell.environment = program.environment
    return try shell.run(
      arguments: ["-c", "\(command) | \"$0\" \"$@\"", program.path.string] + arguments
    )
  }

  /// The snapshot that a backup with `--json` made.
  private func snapshot(_ outcome: Program.Outcome, _ witness: Program) throws -> [String: Any] {
    let text = try #require(outcome.output.split(separator: "\n").last)
    let summary = try #require(try BothPrograms.object(text))
    let id = try #require(summary["snapshot_id"] as? String, "\(outcome)")
    return try #require(try BothPrograms.object(witness.succeed("cat", "snapshot", id)[...]))
  }

  @Test(.requires(restic: Twins.today))
  func `makes the file that restic makes`() throws {
    try Twins.with { twins in
      let options = ["--json", "-q", "--time", "2020-01-01 11:11:11"]
      for (command, name) in [
        ("seq 1 400000", "x/../y/./all.sql"), ("seq 1 400001", "/y/all.sql"), ("echo a", "stdin"),
      ] {
        let arguments = ["backup", "--stdin", "--stdin-filename", name, "--tag", "t"] + options
        let ours = try pipe(command, into: twins.ours, arguments)
        let theirs = try pipe(command, into: twins.theirs, arguments)
        #expect(ours.status == 0, "\(ours)")
        let mine = try snapshot(ours, twins.witness)
        let other = try snapshot(theirs, twins.theirs)
        for key in ["tree", "paths", "tags", "time", "hostname", "username"] {
          #expect("\(mine[key] ?? 0)" == "\(other[key] ?? 0)", "\(key) of \(command)")
        }
        #expect(mine["parent"] == nil)
        #expect(mine["stillpoint"] == nil)
        let (counts, expected) = try (counts(mine), self.counts(other))
        #expect(counts == expected)
      }
      try twins.witness.succeed("check", "--read-data")
    }
  }

  /// What a summary counts, without the times and the compressed size.
  private func counts(_ snapshot: [String: Any]) throws -> NSDictionary {
    var summary = try #require(snapshot["summary"] as? [String: Any])
    for key in ["backup_start", "backup_end", "data_added_packed"] { summary[key] = nil }
    return summary as NSDictionary
  }

  @Test(.requires(restic: Twins.today))
  func `of a command goes on from the snapshot before`() throws {
    try Twins.with { twins in
      let options = ["--json", "-q", "--time", "2030-01-01 11:11:11", "--with-atime"]
      for number in 1...3 {
        let arguments =
          ["backup", "--stdin-from-command", "--stdin-filename", "d/f"] + options
          + ["--", "sh", "-c", "echo \(number); echo note >&2"]
        let ours = try twins.ours.run(arguments: arguments)
        let theirs = try twins.theirs.run(arguments: arguments)
        #expect(ours.error == "subprocess sh: note\n")
        // It may end before it has passed on what the command had to say.
        #expect([ours.error, ""].contains(theirs.error))
        let mine = try snapshot(ours, twins.witness)
        let other = try snapshot(theirs, twins.theirs)
        #expect("\(mine["tree"] ?? 0)" == "\(other["tree"] ?? 1)")
        #expect(mine["parent"] != nil)
        let (counts, expected) = try (counts(mine), self.counts(other))
        #expect(counts == expected)
      }
      try twins.witness.succeed("check", "--read-data")
    }
  }

  @Test func `saves nothing when the command fails`() throws {
    try Twins.with { twins in
      for (script, reason) in [
        ("echo some; exit 3", "exit status 3"), ("exit 1", "exit status 1"),
        ("echo some; kill -9 $$", "signal 9"),
      ] {
        let outcome = try twins.ours.run(
          "backup",
          "--stdin-from-command",
          "--",
          "sh",
          "-c",
          script
        )
        #expect(outcome.status == 1)
        #expect(outcome.error.contains("unable to save snapshot"))
        #expect(outcome.error.contains("failed to save /stdin"))
        #expect(outcome.error.contains("command failed: \(reason)"))
      }
      let missing = try twins.ours.run("backup", "--stdin-from-command", "--", "/nowhere/at/all")
      #expect(missing.status == 1)
      #expect(missing.error.contains("failed to start command"))
      #expect(try Twins.all(of: twins.witness).count == 1)
      try twins.witness.succeed("check")
    }
  }

  @Test func `without a byte is incomplete, as it is with restic`() throws {
    try Twins.with { twins in
      let ours = try twins.ours.run("backup", "--stdin", "--json", "-q")
      #expect(ours.status == 3)
      #expect(ours.error.contains("no data read"))
      #expect(try Twins.all(of: twins.witness).count == 2)
      try twins.witness.succeed("check")
    }
  }

  @Test(arguments: [
    (["--stdin", "file"], "--stdin was specified and files/dirs were listed as arguments"),
    (["--stdin", "--files-from", "f"], "--stdin and --files-from cannot be used together"),
    (["--stdin-from-command"], "no command was specified as argument"),
    (["--stdin", "--stdin-filename", "a/.."], "invalid filename specified"),
    (["--stdin", "--require", "file"], "--require and --stdin cannot be used together"),
  ])
  func `is refused where it makes no sense`(arguments: [String], text: String) throws {
    try Twins.with { twins in
      let outcome = try twins.ours.run(arguments: ["backup"] + arguments)
      #expect(outcome.status == 1)
      #expect(outcome.error.contains(text))
    }
  }

  @Test func `ends the command when it is interrupted itself`() throws {
    try Twins.with { twins in
      let mark = twins.directory.appending("started")
      let running = try twins.ours.start([
        "backup", "--stdin-from-command", "--", "sh", "-c", "echo $$ > \(mark); exec sleep 600",
      ])
      var process: Int32?
      while process == nil, running.isRunning {
        Thread.sleep(forTimeInterval: 0.05)
        let text = try? String(contentsOfFile: mark.string, encoding: .utf8)
        process = text.flatMap { Int32($0.trimmingCharacters(in: .newlines)) }
      }
      kill(running.processID, SIGINT)
      #expect(running.wait().status == 130)
      let id = try #require(process)
      #expect(!Machine.Host.processExists(id))
      #expect(try Twins.all(of: twins.witness).count == 1)
    }
  }
}
