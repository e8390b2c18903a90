import Foundation
import Machine
import StillpointCommands
import TestSupport
import Testing

/// What scripts and programs that drive restic rely on.
@Suite struct `In restic's place` {
  /// The program under restic's name.
  private func renamed(_ sandbox: Sandbox) throws -> Program {
    let link = sandbox.directory.appending("restic")
    try FileManager.default.createSymbolicLink(
      atPath: link.string,
      withDestinationPath: realPath(sandbox.stillpoint.path).string
    )
    var program = sandbox.stillpoint
    program.path = link
    return program
  }

  private func count(_ sandbox: Sandbox, _ arguments: String...) throws -> Int {
    let output = try sandbox.stillpoint.succeed(arguments: ["snapshots", "--json"] + arguments)
    let found = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [Any]
    return try #require(found).count
  }

  @Test func `by the name of restic it says a version that programs parse`() throws {
    try Sandbox.withRepository { sandbox in
      let restic = try renamed(sandbox)
      let line = try restic.succeed("version")
      let form = /restic ([0-9.]+) compiled with go([0-9.]+) on ([a-z0-9]+)\/([a-z0-9]+)\n/
      #expect(line.wholeMatch(of: form) != nil, "\(line)")
      let json = try Sandbox.objects(restic.succeed("version", "--json"))[0]
      #expect(json["version"] as? String == "0.19.1")
      #expect((json["go_version"] as? String)?.isEmpty == false)
      #expect(try sandbox.stillpoint.succeed("version").hasPrefix("stillpoint "))
    }
  }

  @Test func `by the name of restic its JSON has restic's members only`() throws {
    try Sandbox.withRepository { sandbox in
      let restic = try renamed(sandbox)
      let backup = ["backup", "--json", "--snapshot-policy", "off", sandbox.source]
      #expect(try !restic.succeed(arguments: backup).contains("\"stillpoint\""))
      #expect(try sandbox.stillpoint.succeed("snapshots", "--json").contains("\"stillpoint\":"))
      for verb in [["snapshots"], ["ls", "latest"], ["forget", "--keep-last", "1"]] {
        let output = try restic.succeed(arguments: verb + ["--json"])
        #expect(!output.contains("\"stillpoint\":"), "\(output)")
      }
      #expect(try !restic.succeed("snapshots").contains("Grade"))
    }
  }

  @Test func `errors begin with Fatal, and have the place on a line of its own`() throws {
    try Sandbox.with { sandbox in
      let place = sandbox.path("repository")
      let outcome = try sandbox.stillpoint.run("snapshots")
      #expect(
        outcome.error == """
          Fatal: repository does not exist: unable to open config file: stat \(place)/config: \
          no such file or directory
          Is there a repository at the following location?
          \(place)

          """
      )
      try sandbox.stillpoint.succeed("init")
      var mistaken = sandbox.stillpoint
      mistaken.environment["RESTIC_PASSWORD"] = "wrong"
      #expect(try mistaken.run("snapshots").error == "Fatal: wrong password or no key found\n")
      let twice = try sandbox.stillpoint.run("init").error
      #expect(
        twice == "Fatal: create repository at \(place) failed: config file already exists\n"
      )
    }
  }

  @Test(arguments: [["--keep-last", "1"], ["--keep-last", "1", "--dry-run"]])
  func `forget --prune --json writes one value`(options: [String]) throws {
    try Sandbox.withRepository { sandbox in
      for _ in 0..<2 { try sandbox.backUp() }
      let output = try sandbox.stillpoint.succeed(
        arguments: ["forget", "--prune", "--json"] + options
      )
      #expect(output.split(separator: "\n").count == 1, "\(output)")
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(output.utf8)) }
    }
  }

  @Test(arguments: [
    (["snapshots", "--last"], "Flag --last has been deprecated, use --latest 1"),
    (["forget", "--hostname", "a", "--keep-last", "1"], "Flag --hostname has been deprecated"),
    (["check", "--check-unused"], "Flag --check-unused has been deprecated"),
    (["rebuild-index"], "Command \"rebuild-index\" is deprecated, Use \"repair index\" instead"),
    (["rebuild-index", "--read-all-packs"], "Command \"rebuild-index\" is deprecated"),
    (["backup", "--snapshot-policy", "off", "--hostname=h", "/etc/hostname"], "use --host"),
  ])
  func `what restic has given up still works`(arguments: [String], notice: String) throws {
    try Sandbox.withRepository { sandbox in
      let outcome = try sandbox.stillpoint.run(arguments: arguments)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.error.contains(notice), "\(outcome)")
    }
  }

  @Test func `filters take what was written, and nothing more`() throws {
    try Sandbox.withRepository { sandbox in
      for (host, tag) in [("a", "t"), ("b", "t"), ("c", "u")] {
        try sandbox.backUp("--host", host, "--tag", tag, "--force")
      }
      var shell = Program("/bin/sh")
      shell.environment = sandbox.stillpoint.environment
      let relative = "cd '\(sandbox.directory)' && '\(sandbox.stillpoint.path)' snapshots --json"
      #expect(try shell.succeed("-c", relative + " --path source") == "[]\n")
      #expect(try count(sandbox, "--path", sandbox.source + "/") == 0)
      #expect(try count(sandbox, "--path", sandbox.source) == 3)
      #expect(try count(sandbox, "--host", "b", "--host", "") == 1)
      #expect(try count(sandbox, "--host", "") == 3)
      #expect(try count(sandbox, "--tag", "t") == 2)
      #expect(try count(sandbox, "--tag", "t,") == 0)
      #expect(try count(sandbox, "--tag", "") == 0)
      let latest = relative.replacingOccurrences(of: "snapshots --json", with: "ls latest")
      #expect(try shell.succeed("-c", latest + " --path source/").contains("/a\n"))
    }
  }

  @Test func `a group's latest is one, whatever its paths`() throws {
    try Sandbox.withRepository { sandbox in
      try sandbox.backUp("--host", "a")
      try sandbox.stillpoint.succeed(
        "backup",
        "--snapshot-policy",
        "off",
        "--host",
        "a",
        sandbox.path("source/a")
      )
      #expect(try count(sandbox, "--latest", "1") == 2)
      let grouped = try sandbox.stillpoint.succeed(
        "snapshots",
        "--json",
        "--latest",
        "1",
        "-g",
        "host"
      )
      #expect(grouped.split(separator: "\"short_id\"").count == 2, "\(grouped)")
    }
  }

  @Test func `latest as a parent is of the same host and paths, or an error`() throws {
    try Sandbox.withRepository { sandbox in
      try sandbox.backUp("--host", "a")
      #expect(try sandbox.backUp("--host", "a", "--parent", "latest").status == 0)
      let other = try sandbox.stillpoint.run(
        "backup",
        "--snapshot-policy",
        "off",
        "--host",
        "b",
        "--parent",
        "latest",
        sandbox.source
      )
      #expect(other.status == 1)
      #expect(other.error.contains("no snapshot found"), "\(other)")
    }
  }

  @Test func `a file of comments includes everything`() throws {
    try Sandbox.withRepository { sandbox in
      try sandbox.backUp()
      try sandbox.write("patterns", "# nothing\n\n")
      let target = sandbox.path("restored")
      try sandbox.stillpoint.succeed(
        "restore",
        "latest:\(sandbox.source)",
        "--target",
        target,
        "--include-file",
        sandbox.path("patterns")
      )
      #expect(FileManager.default.fileExists(atPath: target + "/d/b"))
    }
  }

  @Test(arguments: [
    ["check", "nosuch"], ["check", "--json", "nosuch"], ["check", "--read-data-subset", "5"],
    ["restore", "latest", "--target", "/nowhere", "--dry-run", "--verify"],
  ])
  func `what can't be meant fails`(arguments: [String]) throws {
    try Sandbox.withRepository { sandbox in
      try sandbox.backUp()
      #expect(try sandbox.stillpoint.run(arguments: arguments).status == 1)
    }
  }

  @Test(arguments: [
    ["check", "--read-data-subset", ""],
    ["backup", "--snapshot-policy", "off", "--parent", "", "--files-from", "", "/etc/hostname"],
    ["backup", "--snapshot-policy", "off", "--exclude-larger-than", "", "/etc/hostname"],
    ["backup", "--snapshot-policy", "off", "--exclude-if-present", "a/b", "/etc/hostname"],
    ["-r", "/nowhere", "-v"], ["-r", "/nowhere", "help"], ["-r", "/nowhere", "key"], ["repair"],
  ])
  func `an unset variable, or a missing verb, is no error`(arguments: [String]) throws {
    try Sandbox.withRepository { sandbox in
      let outcome = try sandbox.stillpoint.run(arguments: arguments)
      #expect(outcome.status == 0, "\(outcome)")
    }
  }

  @Test func `a lock says its age and how long is waited, as Go writes it`() throws {
    #expect(goText(.seconds(11110) + .milliseconds(250)) == "3h5m10.25s")
    #expect(goText(.seconds(300)) == "5m0s")
    #expect(goText(.microseconds(2500)) == "2.5ms")
    #expect(goText(.nanoseconds(1500)) == "1.5µs")
    #expect(goText(.nanoseconds(7)) == "7ns")
    #expect(goText(.zero) == "0s")
  }

  @Test func `verbose JSON names every item and what was counted`() throws {
    try Sandbox.withRepository { sandbox in
      let output = try sandbox.backUp("--json", "--verbose").output
      let actions = try Sandbox.objects(output).compactMap { $0["action"] as? String }
      #expect(actions.contains("new") && actions.contains("scan_finished"), "\(output)")
    }
  }

  @Test func `what was asked to be compressed is, once and for all`() throws {
    try Sandbox.withRepository { sandbox in
      let noise = (0..<300_000).map { _ in UInt8.random(in: .min ... .max) }
      try Data(noise).write(to: URL(filePath: sandbox.path("source/noise")))
      try sandbox.backUp()
      func progress() throws -> Double {
        let output = try sandbox.stillpoint.succeed("stats", "--mode", "raw-data", "--json")
        return try #require(Sandbox.objects(output)[0]["compression_progress"] as? Double)
      }
      #expect(try progress() < 50)
      try sandbox.stillpoint.succeed("prune", "--repack-uncompressed")
      #expect(try progress() == 100)
      let again = try sandbox.stillpoint.succeed("prune", "--repack-uncompressed")
      #expect(!again.contains("repacking packs"), "\(again)")
      try sandbox.stillpoint.succeed("check", "--read-data")
      try sandbox.restic?.succeed("check", "--read-data")
    }
  }

  @Test func `a host that isn't UTF-8 is stored as restic stores it`() throws {
    try Sandbox.withRepository { sandbox in
      var shell = Program("/bin/sh")
      shell.environment = sandbox.stillpoint.environment
      let backup = "'\(sandbox.stillpoint.path)' backup --snapshot-policy off --quiet"
      try shell.succeed("-c", backup + " --host \"$(printf 'h\\377')\" '\(sandbox.source)'")
      #expect(try sandbox.stillpoint.succeed("snapshots", "--json").contains("\"h\u{fffd}\""))
    }
  }
}
