import Foundation
import Machine
import TestSupport
import Testing

/// The same repository, read by both programs: what they print must be the same.
@Suite struct `Reading what restic wrote` {
  private func withResticRepository(_ body: (Sandbox, Program) throws -> Void) throws {
    try Sandbox.with { sandbox in
      let restic = try #require(sandbox.restic)
      try restic.succeed("init")
      try restic.succeed("backup", "--quiet", "--tag", "x,y", sandbox.source)
      try sandbox.write("source/new", "more\n")
      try restic.succeed("backup", "--quiet", "--host", "other", sandbox.source)
      try body(sandbox, restic)
    }
  }

  @Test(.requires(tool: "restic")) func `snapshots are listed as restic lists them`() throws {
    try withResticRepository { sandbox, restic in
      for options in [
        [], ["--host", "other"], ["--tag", "x,y"], ["--tag", "nope"], ["--latest", "1"],
        ["latest"], ["--compact"],
      ] {
        let arguments = ["snapshots", "--json"] + options
        let theirs = try restic.run(arguments: arguments)
        let ours = try sandbox.stillpoint.run(arguments: arguments)
        #expect(ours.status == theirs.status)
        #expect(try Self.array(ours.output) == Self.array(theirs.output), "\(options)")
      }
    }
  }

  private static func array(_ json: String) throws -> NSArray? {
    try JSONSerialization.jsonObject(with: Data(json.utf8)) as? NSArray
  }

  @Test(.requires(tool: "restic"))
  func `internal objects and lists are printed as restic prints them`() throws {
    try withResticRepository { sandbox, restic in
      for arguments in [["cat", "config"], ["cat", "masterkey"]] {
        let ours = try sandbox.stillpoint.succeed(arguments[0], arguments[1])
        #expect(try ours == restic.succeed(arguments[0], arguments[1]))
      }
      // Older versions announce the snapshot in other words.
      let theirs = try restic.succeed("ls", "-l", "latest").split(separator: "\n").dropFirst()
      let ours = try sandbox.stillpoint.succeed("ls", "-l", "latest").split(separator: "\n")
      #expect(ours.dropFirst() == theirs)
      #expect(ours[0].contains(" of [\(sandbox.source)] at "))
    }
  }

  @Test(.requires(tool: "restic")) func `a listing can be limited to folders`() throws {
    try withResticRepository { sandbox, _ in
      let top = sandbox.source
      let direct = try sandbox.stillpoint.succeed("ls", "-q", "latest", top)
      #expect(direct == "\(top)\n\(top)/a\n\(top)/d\n\(top)/l\n\(top)/new\n")
      let below = try sandbox.stillpoint.succeed("ls", "-q", "latest", "\(top)/d", "--recursive")
      #expect(below == "\(top)/d\n\(top)/d/b\n")
      let inside = try sandbox.stillpoint.succeed("ls", "-q", "latest:\(top)/d")
      #expect(inside == "/b\n")
      let missing = try sandbox.stillpoint.run("ls", "latest:/nope")
      #expect(missing.status == 1)
      #expect(missing.error.contains("path nope: not found"))
    }
  }

  @Test(.requires(tool: "restic")) func `ls is cut short without a sound`() throws {
    try withResticRepository { sandbox, _ in
      let shell = Program("/bin/sh")
      var program = shell
      program.environment = sandbox.stillpoint.environment
      let path = sandbox.stillpoint.path
      let outcome = try program.run(
        "-c",
        "\(path) ls latest | head -1; ls \(sandbox.path("repository/locks"))"
      )
      #expect(outcome.error == "")
      #expect(outcome.output.split(separator: "\n").count == 1)
    }
  }
}
