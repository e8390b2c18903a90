import Machine
import TestSupport
import Testing

@Suite(.requires(tool: "restic")) struct `Tags` {
  private func withTags(_ body: (Twins) throws -> Void) throws {
    try Twins.with { restic, source in
      try restic.succeed("backup", "-q", "--tag", "x,y,z", "--host", "one", source.string)
      try restic.succeed("backup", "-q", "--host", "two", source.string)
    } _: {
      try body($0)
    }
  }

  @Test func `are changed as restic changes them`() throws {
    try withTags { twins in
      try twins.expectSame("tag", "--set", "new, other", "--set", "third")
      try twins.expectSameSnapshots()
      try twins.expectSame("tag", "--add", "x", "--add", "new", "--tag", "new", "--json")
      try twins.expectSame("tag", "--remove", "new,none", "--host", "two")
      try twins.expectSame("tag", "--remove", "none", "--json")
      try twins.expectSame("tag", "--add", "y", "latest")
      try twins.expectSameSnapshots()
    }
  }

  @Test func `that nobody asked to change are left alone`() throws {
    try withTags { twins in
      for arguments in [["tag"], ["tag", "--set", "a", "--add", "b"]] {
        let outcome = try twins.ours.run(arguments: arguments)
        #expect(outcome.status == 1)
        #expect(outcome.output == "")
      }
      let missing = try twins.ours.run("tag", "--add", "a", "dead", "latest:/", "--host", "one")
      #expect(missing.status == 0)
      #expect(missing.output.hasSuffix("no snapshots were modified\n"))
      #expect(
        missing.error == """
          Ignoring "dead": no matching ID found for prefix "dead"
          Ignoring "latest:/": <snapshot>:<subfolder> syntax not allowed
          Ignoring "filters": explicit snapshot ids are given

          """
      )
      let none = try twins.ours.run("tag", "--add", "a", "--tag", "a,b", "--host", "q", "latest")
      #expect(
        none.error == """
          Ignoring "latest": no snapshot matched given filter \
          (Paths:[] Tags:[[a, b]] Hosts:[q])

          """
      )
      try twins.expectSameSnapshots()
    }
  }

  @Test func `of a snapshot keep its first version known and our own record`() throws {
    try Twins.with { twins in
      let backup = try twins.ours.run(
        "backup",
        "--snapshot-policy",
        "off",
        "--no-pause",
        "--json",
        "-q",
        twins.source.string
      )
      try #require(backup.status == 0, "\(backup)")
      let before = try twins.ours.succeed("cat", "snapshot", "latest")
      try twins.ours.succeed("tag", "--add", "a", "latest")
      try twins.ours.succeed("tag", "--add", "b", "latest")
      let after = try twins.ours.succeed("cat", "snapshot", "latest")
      let id = try #require(backup.output.firstMatch(of: /"snapshot_id":"([0-9a-f]+)"/)?.output.1)
      #expect(after.contains("\"original\": \"\(id)\""))
      let record = try #require(before.firstRange(of: "\"stillpoint\""))
      #expect(after.hasSuffix(before[record.lowerBound...]))
    }
  }
}
