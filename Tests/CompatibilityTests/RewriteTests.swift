import Foundation
import Machine
import TestSupport
import Testing

@Suite(.requires(restic: Twins.today)) struct `Rewriting snapshots` {
  private func withSnapshots(_ body: (Twins) throws -> Void) throws {
    try Twins.with { restic, source in
      try restic.succeed("backup", "-q", "--host", "one", source.string)
      try Twins.write(source.appending("d/deep/B"), "large\n")
      try restic.succeed("backup", "-q", "--host", "two", source.string)
    } _: {
      try body($0)
    }
  }

  @Test(arguments: [
    ["-e", "b"], ["-e", "*", "-vv"], ["--iexclude", "b", "--forget", "-vv"], ["-e", "nothing"],
    ["-i", "deep", "-vv"], ["-i", "c.txt", "--forget"], ["--iinclude", "B", "--host", "two"],
    ["-i", "nothing", "--forget"], ["-i", "/**/deep/c.*", "-vv"],
    ["-e", "b", "--new-host", "new", "--new-time", "2020-01-01 11:11:11", "--forget"],
    ["--new-host", "new", "--tag", "none"], ["-s"], ["-e", "d", "--json", "latest"],
  ])
  func `gives what restic gives`(options: [String]) throws {
    try withSnapshots { twins in
      try twins.expectSameLines(["rewrite", "-n"] + options)
      try twins.expectSameSnapshots()
      try twins.expectSameLines(["rewrite"] + options)
      try twins.expectSameSnapshots()
      // What was rewritten stays as it is. Of two with the same time, restic's latest is either.
      if !options.contains("--new-host") && !options.contains("latest") {
        try twins.expectSameLines(["rewrite"] + options)
      }
    }
  }

  @Test func `keeps our own record and what is unknown in a snapshot`() throws {
    try Twins.with { twins in
      let backup = try twins.ours.run(
        "backup",
        "--snapshot-policy",
        "off",
        "--no-pause",
        "-q",
        twins.source.string
      )
      try #require(backup.status == 0, "\(backup)")
      let before = try twins.ours.succeed("cat", "snapshot", "latest")
      try twins.ours.succeed("rewrite", "--new-host", "new", "--forget", "latest")
      let after = try twins.ours.succeed("cat", "snapshot", "latest")
      let record = try #require(before.firstRange(of: "\"stillpoint\""))
      #expect(after.hasSuffix(before[record.lowerBound...]))
      try twins.witness.succeed("check")
    }
  }

  @Test(arguments: [
    (["rewrite"], "Nothing to do: no excludes/includes provided and no new metadata provided"),
    (["rewrite", "-e", "a", "-i", "b"], "exclude and include patterns are mutually exclusive"),
    (["rewrite", "-e", "a", "--new-time", "soon"], "error in time option"),
    (["rewrite", "-e", "["], "--exclude: invalid pattern(s) provided:"),
  ])
  func `is refused where it makes no sense`(arguments: [String], text: String) throws {
    try Twins.with { twins in
      let outcome = try twins.ours.run(arguments: arguments)
      #expect(outcome.status == 1)
      #expect(outcome.error.contains(text))
    }
  }
}
