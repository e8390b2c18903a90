import Foundation
import Machine
import TestSupport
import Testing

@Suite(.requires(tool: "sqlite3")) struct `verify and backup --prove` {
  /// Makes a database of many pages in the source.
  private func makeDatabase(_ sandbox: Sandbox, _ name: String) throws {
    try makeDatabase(sandbox.path("source/\(name)"))
  }

  private func makeDatabase(_ path: String) throws {
    let tool = Program(try #require(findTool("sqlite3")))
    try tool.succeed(
      path,
      """
      create table a(id integer primary key, t text); create index i on a(t);
      with recursive n(x) as (select 1 union all select x + 1 from n where x < 2000)
      insert into a select x, 'text ' || x from n;
      """
    )
  }

  private func damage(_ sandbox: Sandbox, _ name: String) throws {
    let path = sandbox.directory.appending("source/\(name)")
    let file = try Descriptor.open(path, 2)
    let bytes: [UInt8] = [0xee, 0xee, 0xee, 0xee]
    try bytes.withUnsafeBytes { try write($0, to: file.raw, at: 2 * 4096, subject: path) }
  }

  private func scratch(_ sandbox: Sandbox) throws -> String {
    let path = sandbox.directory.appending("scratch")
    try LocalFiles.makeDirectory(path)
    return path.string
  }

  @Test func `a corrupted page in a snapshot is named, and ends it with 1`() throws {
    try Sandbox.with { sandbox in
      try sandbox.stillpoint.succeed("init")
      try makeDatabase(sandbox, "whole.db")
      try makeDatabase(sandbox, "mail.sqlite")
      try sandbox.backUp()
      let scratch = try scratch(sandbox)
      let before = try sandbox.stillpoint.run("verify", "latest", "--scratch", scratch)
      #expect(before.status == 0, "\(before)")
      #expect(before.output.contains("SQLite \(sandbox.source)/mail.sqlite: whole\n"))
      #expect(before.output.contains("2 of 2 databases are whole, 0 were not tried\n"))

      try damage(sandbox, "mail.sqlite")
      try sandbox.backUp()
      let after = try sandbox.stillpoint.run("verify", "latest", "--scratch", scratch)
      #expect(after.status == 1)
      #expect(after.output.contains("SQLite \(sandbox.source)/whole.db: whole\n"))
      #expect(after.output.contains("SQLite \(sandbox.source)/mail.sqlite: damaged: "))
      #expect(after.error.contains("damaged: \(sandbox.source)/mail.sqlite"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch) == [])
    }
  }

  @Test func `only what is asked for is tried, in JSON too`() throws {
    try Sandbox.with { sandbox in
      try sandbox.stillpoint.succeed("init")
      try makeDatabase(sandbox, "d/db")
      try makeDatabase(sandbox, "other")
      try damage(sandbox, "other")
      try sandbox.backUp()
      let folder = "\(sandbox.source)/d"
      for words in [["latest", folder], ["latest:\(folder)"]] {
        let outcome = try sandbox.stillpoint.run(arguments: ["verify", "--json"] + words)
        #expect(outcome.status == 0, "\(outcome)")
        let objects = try Sandbox.objects(outcome.output)
        #expect(objects.map { $0["message_type"] as? String } == ["verdict", "summary"])
        #expect(objects[0]["kind"] as? String == "sqlite")
        #expect(objects[0]["path"] as? String == "\(folder)/db")
        #expect(objects[0]["verdict"] as? String == "whole")
        #expect(objects[1]["databases"] as? Int == 1)
      }
      for words in [["latest", "/nosuch"], ["latest", folder + "/no.db"], ["latest:/d", folder]] {
        let outcome = try sandbox.stillpoint.run(arguments: ["verify"] + words)
        #expect(outcome.status == 1, "\(outcome)")
      }
      try sandbox.stillpoint.succeed("verify", "latest", folder + "/db")
    }
  }

  @Test func `a proven backup stores what it found`() throws {
    try Sandbox.with { sandbox in
      try sandbox.stillpoint.succeed("init")
      try makeDatabase(sandbox, "db")
      let options = ["--snapshot-policy", "off", "--no-pause", "--prove", sandbox.source]
      let whole = try sandbox.stillpoint.run(arguments: ["backup"] + options)
      #expect(whole.status == 0, "\(whole)")
      #expect(whole.output.contains("SQLite \(sandbox.source)/db: whole\n"))

      try damage(sandbox, "db")
      let damaged = try sandbox.stillpoint.run(arguments: ["backup"] + options)
      #expect(damaged.status == 3)
      #expect(damaged.output.contains(" saved\n"))
      #expect(damaged.error.contains("the database \(sandbox.source)/db was saved as it is"))

      let table = try sandbox.stillpoint.succeed("snapshots")
      #expect(table.contains("Databases"))
      #expect(table.contains("1 whole") && table.contains("1 damaged"))
      let json = try sandbox.stillpoint.succeed("snapshots", "--json", "latest")
      #expect(json.contains(#""verdicts":[{"kind":"sqlite","path":"\#(sandbox.source)/db","#))
      #expect(json.contains(#""verdict":"damaged""#))
    }
  }

  @Test(.requiresRoot, .requires(tool: "mkfs.btrfs"))
  func `a dump is tried as it was stored, not the file that it replaces`() throws {
    try LoopDevice.with("btrfs", sizeMiB: 128) { device in
      let stillpoint = try Program.stillpoint(withRepositoryIn: device.workingDirectory)
      let path = device.mountPoint.appending("db").string
      try makeDatabase(path)
      let whole = try stillpoint.run("backup", "--prove", device.mountPoint.string)
      #expect(whole.status == 0, "\(whole)")
      let torn = try stillpoint.run(
        arguments: ["backup", "--prove", "--dump", "\(path)=head -c 8192 \(path)"]
          + [device.mountPoint.string]
      )
      #expect(torn.status == 3, "\(torn)")
      #expect(torn.error.contains("the database \(path) was saved as it is"), "\(torn)")
    }
  }

  @Test func `a backup that can't be proven is saved, and ends with 3`() throws {
    try Sandbox.with { sandbox in
      try sandbox.stillpoint.succeed("init")
      let outcome = try sandbox.stillpoint.run(
        "backup",
        "--snapshot-policy",
        "off",
        "--no-pause",
        "--prove",
        "--scratch",
        sandbox.path("nowhere"),
        sandbox.source
      )
      #expect(outcome.status == 3)
      #expect(outcome.output.contains(" saved\n"))
      #expect(outcome.error.contains("warning: the databases can't be tried: "))
    }
  }

  @Test func `whatever ends it, nothing is left in the scratch folder`() throws {
    try Sandbox.with { sandbox in
      try sandbox.stillpoint.succeed("init")
      for number in 0..<20 { try makeDatabase(sandbox, "db\(number)") }
      try sandbox.backUp()
      let scratch = try scratch(sandbox)
      func isEmpty() throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: scratch).isEmpty
      }
      for signal in [SIGKILL, SIGTERM] {
        var status: Int32 = 0
        // It may end by itself before the signal comes.
        for _ in 0..<20 where status == 0 {
          let running = try sandbox.stillpoint.start(["verify", "latest", "--scratch", scratch])
          let end = ContinuousClock.now + .seconds(60)
          while running.isRunning, try isEmpty() {
            try #require(ContinuousClock.now < end)
            usleep(500)
          }
          kill(running.processID, signal)
          status = running.wait().status
          while try !isEmpty() {
            try #require(ContinuousClock.now < end, "the scratch folder is not removed")
            usleep(10_000)
          }
        }
        #expect(status == (signal == SIGKILL ? -SIGKILL : 130))
      }
    }
  }

  @Test func `values that make no sense are refused`() throws {
    try Sandbox.with { sandbox in
      for (words, text) in [
        (["verify"], "no snapshot ID specified"),
        (["verify", "latest", "--prove-timeout", "soon"], "--prove-timeout"),
        (["verify", "latest", "--prove-max-size", "big"], "--prove-max-size"),
        (["backup", "--prove", "--dry-run", sandbox.source], "--prove and --dry-run"),
        (["backup", "--prove", "--stdin"], "not for a stream"),
      ] {
        let outcome = try sandbox.stillpoint.run(arguments: words)
        #expect(outcome.status == 1)
        #expect(outcome.error.contains(text), "\(words): \(outcome)")
      }
    }
  }
}
