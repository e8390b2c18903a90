import Foundation
import Machine
import TestSupport
import Testing

@Suite(.requires(tool: "restic")) struct `Migrating` {
  @Test func `makes a repository of version 2 of one of version 1`() throws {
    try Twins.with(version: 1) { twins in
      #expect(
        try twins.ours.succeed("migrate") == """
          available migrations:
            upgrade_repo_v2\tupgrade a repository to version 2

          """
      )
      let upgraded = try twins.ours.run("migrate", "upgrade_repo_v2", "unknown")
      #expect(upgraded.status == 0, "\(upgraded)")
      #expect(upgraded.output.contains("checking repository integrity...\n"))
      #expect(upgraded.output.contains("no errors were found\n"))
      #expect(upgraded.output.hasSuffix("migration upgrade_repo_v2: success\n"))
      #expect(upgraded.error == "unknown migration unknown\n")
      #expect(try twins.witness.succeed("cat", "config").contains("\"version\": 2"))
      try twins.witness.succeed("backup", "-q", "--force", twins.source.string)
      try twins.witness.succeed("check", "--read-data")
      let before = try twins.theirs.succeed("cat", "config").split(separator: "\n")
      let after = try twins.witness.succeed("cat", "config").split(separator: "\n")
      #expect(zip(before, after).filter { $0 != $1 }.count == 1)
      #expect(try twins.ours.succeed("migrate") == "available migrations:\nno migrations found\n")
      let again = try twins.ours.run("migrate", "upgrade_repo_v2")
      #expect(again.status == 0)
      #expect(again.error.contains("repository is already upgraded to version 2\n"))
      let forced = try twins.ours.run("migrate", "-f", "upgrade_repo_v2")
      #expect(forced.status == 1)
      #expect(forced.error.contains("only upgrades from version 1 are supported"))
    }
  }

  @Test func `leaves a damaged repository as it is`() throws {
    try Twins.with(version: 1) { twins in
      let data = twins.directory.appending("ours").appending("data")
      let packs = try FileManager.default.subpathsOfDirectory(atPath: data.string)
        .filter { $0.count > 60 }
      try FileManager.default.removeItem(atPath: data.appending(packs[0]).string)
      #expect(try twins.ours.run("migrate", "upgrade_repo_v2").status == 1)
      #expect(try twins.witness.succeed("cat", "config").contains("\"version\": 1"))
    }
  }
}
