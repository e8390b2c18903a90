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

  @Test(
    .requires(tool: "restic"),
    arguments: [
      ["snapshots", "--json"], ["snapshots", "--json", "--host", "other"],
      ["snapshots", "--json", "--tag", "x,y"], ["snapshots", "--json", "--tag", "nope"],
      ["snapshots", "--json", "--latest", "1"], ["snapshots", "--json", "latest"],
      ["snapshots", "--compact", "--json"],
    ]
  )
  func `snapshots are listed as restic lists them`(arguments: [String]) throws {
    try withResticRepository { sandbox, restic in
      let theirs = try restic.run(arguments: arguments)
      let ours = try sandbox.stillpoint.run(arguments: arguments)
      #expect(ours.status == theirs.status)
      let expected = try JSONSerialization.jsonObject(with: Data(theirs.output.utf8)) as? NSArray
      let found = try JSONSerialization.jsonObject(with: Data(ours.output.utf8)) as? NSArray
      #expect(found == expected)
    }
  }

  @Test(
    .requires(tool: "restic"),
    arguments: [
      ["cat", "config"], ["cat", "masterkey"], ["ls", "latest"], ["ls", "-l", "latest"],
    ]
  )
  func `internal objects and lists are printed as restic prints them`(
    arguments: [String]
  ) throws {
    try withResticRepository { sandbox, restic in
      let theirs = try restic.run(arguments: arguments)
      let ours = try sandbox.stillpoint.run(arguments: arguments)
      #expect(
        ours.output == Self.withoutHeadline(theirs.output, of: arguments)
          || ours.output == theirs.output
      )
      #expect(ours.status == 0)
    }
  }

  /// Older versions announce a snapshot in other words.
  private static func withoutHeadline(_ text: String, of arguments: [String]) -> String {
    guard arguments[0] == "ls" else { return text }
    return text.split(separator: "\n").dropFirst().joined(separator: "\n")
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
      #expect(missing.error.contains("path /nope: not found"))
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
