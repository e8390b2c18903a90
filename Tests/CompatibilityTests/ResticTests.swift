import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requires(tool: "restic"), .requires(tool: "python3"))
struct `Together with restic` {
  @Test func `restic checks and restores what we stored`() throws {
    try BothPrograms.with(huge: true) { both in
      _ = try both.backUp(by: both.stillpoint)
      try both.restic.succeed("check", "--read-data")
      let target = both.directory.appending("restored")
      try both.restic.succeed("restore", "latest", "--target", target.string)
      let restored = target.appending(both.source.removingRoot().string)
      #expect(try BothPrograms.describe(restored) == BothPrograms.describe(both.source))
    }
  }

  @Test func `we check and restore what restic stored`() throws {
    try BothPrograms.with(huge: true) { both in
      _ = try both.backUp(by: both.restic)
      try both.stillpoint.succeed("check", "--read-data")
      let target = both.directory.appending("restored")
      try both.stillpoint.succeed(
        "restore",
        "latest",
        "--verify",
        "--sparse",
        "--target",
        target.string
      )
      let restored = target.appending(both.source.removingRoot().string)
      #expect(try BothPrograms.describe(restored) == BothPrograms.describe(both.source))
    }
  }

  @Test func `we restore what we stored`() throws {
    try BothPrograms.with { both in
      _ = try both.backUp(by: both.stillpoint)
      let target = both.directory.appending("restored")
      try both.stillpoint.succeed("restore", "latest", "--sparse", "--target", target.string)
      let restored = target.appending(both.source.removingRoot().string)
      #expect(try BothPrograms.describe(restored) == BothPrograms.describe(both.source))
    }
  }

  @Test func `the same tree has the same id, so the same bytes and chunk boundaries`() throws {
    try BothPrograms.with { both in
      let ours = try both.backUpAlone(by: both.stillpoint)
      let theirs = try both.backUpAlone(by: both.restic, "--force")
      let trees = try [ours, theirs].map { summary in
        let id = try #require(summary["snapshot_id"] as? String)
        return try #require(both.snapshot(id)["tree"] as? String)
      }
      #expect(trees[0] == trees[1])
      #expect(theirs["data_blobs"] as? Int == 0)
      #expect(theirs["tree_blobs"] as? Int == 0)
    }
  }

  @Test(arguments: [true, false])
  func `each continues on the other's snapshot`(oursFirst: Bool) throws {
    try BothPrograms.with { both in
      let (first, second) =
        oursFirst ? (both.stillpoint, both.restic) : (both.restic, both.stillpoint)
      let before = try both.backUp(by: first)
      let after = try both.backUp(by: second)
      #expect(after["data_blobs"] as? Int == 0)
      #expect(after["files_unmodified"] as? Int == before["files_new"] as? Int)
      let id = try #require(after["snapshot_id"] as? String)
      let parent = try #require(both.snapshot(id)["parent"] as? String)
      // Old versions of restic say only the first 8 digits.
      #expect(parent.hasPrefix(try #require(before["snapshot_id"] as? String)))
    }
  }

  @Test func `a version 1 repository is read`() throws {
    try BothPrograms.with { both in
      var restic = both.restic
      let old = both.directory.appending("old").string
      restic.environment["RESTIC_REPOSITORY"] = old
      try restic.succeed("init", "--repository-version", "1")
      try restic.succeed("backup", "--quiet", both.source.string)
      let target = both.directory.appending("restored")
      var stillpoint = both.stillpoint
      stillpoint.environment["RESTIC_REPOSITORY"] = old
      try stillpoint.succeed("check", "--read-data")
      try stillpoint.succeed("restore", "latest", "--target", target.string)
      let restored = target.appending(both.source.removingRoot().string)
      #expect(try BothPrograms.describe(restored) == BothPrograms.describe(both.source))
    }
  }
}
