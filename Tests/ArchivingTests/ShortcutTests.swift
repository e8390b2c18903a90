import Archiving
import Foundation
import Machine
import RepositoryFormat
import TestSupport
import Testing

@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "python3"))
struct `What is taken over from the parent` {
  private func churn(_ workshop: FrozenWorkshop, seed: UInt64, count: Int) throws {
    let script = try #require(
      Bundle.module.url(forResource: "Fixtures/churn", withExtension: "py")
    )
    try SystemCommandRunner().run(
      Command("python3", script.path, workshop.source.string, "\(seed)", "\(count)")
    )
  }

  @Test(arguments: [1, 2] as [UInt64])
  func `makes the same tree as reading everything`(seed: UInt64) throws {
    try FrozenWorkshop.with { workshop in
      try churn(workshop, seed: seed, count: 300)
      var former = try workshop.freezing { frozen in
        workshop.former(try workshop.archive(frozen), frozen)
      }
      for round in 1...15 as ClosedRange<UInt64> {
        try churn(workshop, seed: seed << 32 | round, count: 1 << (round % 6))
        former = try workshop.freezing { frozen in
          let shortcut = try workshop.shortcut(.quick, frozen, since: former)
          let quick = try workshop.archive(frozen, since: former, shortcut, nodesHold: true)
          let full = try workshop.archive(frozen, since: former)
          let reusing = try workshop.archive(frozen, since: former, nodesHold: true)
          let fresh = try workshop.archive(frozen, into: FrozenWorkshop.newRepository())
          #expect(quick.tree == full.tree, "seed \(seed), round \(round)")
          #expect(quick.tree == fresh.tree, "seed \(seed), round \(round)")
          #expect(reusing.tree == fresh.tree, "seed \(seed), round \(round)")
          #expect(reusing.counts.ofTrees == full.counts.ofTrees, "seed \(seed), round \(round)")
          #expect(quick.counts.ofTrees == full.counts.ofTrees, "seed \(seed), round \(round)")
          #expect(quick.isQuick && quick.problems.isEmpty && full.problems.isEmpty)

          if round % 3 == 0 {
            var comparison = shortcut
            comparison.purpose = .comparing
            let compared = try workshop.archive(frozen, since: former, comparison)
            #expect(compared.tree == full.tree)
            #expect(compared.untold == [], "seed \(seed), round \(round)")
          }
          return workshop.former(quick, frozen)
        }
      }
    }
  }

  /// Archives in both ways, and the next time from there.
  private func compare(
    _ workshop: FrozenWorkshop,
    _ former: inout FrozenWorkshop.Former,
    _ what: String
  ) throws {
    let before = former
    former = try workshop.freezing { frozen in
      let shortcut = try workshop.shortcut(.quick, frozen, since: before)
      let quick = try workshop.archive(frozen, since: before, shortcut)
      let full = try workshop.archive(frozen, since: before)
      let reusing = try workshop.archive(frozen, since: before, nodesHold: true)
      #expect(reusing.tree == full.tree, "after \(what)")
      #expect(quick.tree == full.tree, "after \(what)")
      #expect(quick.counts.ofTrees == full.counts.ofTrees, "after \(what)")
      return workshop.former(full, frozen)
    }
  }

  @Test func `has no change that btrfs doesn't tell of`() throws {
    let kinds = [
      "mv d/one d/uno", "mv d f/d", "mv f/d d", "rm d/uno", "ln f/three d/e/link", "rm d/e/link",
      "python3 -c 'import os; os.setxattr(\"d/e/two\", \"user.a\", b\"b\")'",
      "python3 -c 'import os; os.removexattr(\"d/e/two\", \"user.a\")'", "chmod 600 d/e/two",
      "truncate -s 9 d/e/two", "cp --reflink=always f/three d/e/two",
      "btrfs -q subvolume create d/e/nested; echo x > d/e/nested/x", "mv d/e/nested d/nested",
      "btrfs -q subvolume delete d/nested", "btrfs property set d/e compression zstd",
      "btrfs -q filesystem defragment -r .", "fallocate -p -o 0 -l 4096 big",
      "btrfs -q balance start -f --full-balance . >/dev/null; echo y >> f/three",
      "touch -d @1 f", "chown 7:7 .",
      "python3 -c 'import mmap, os; f = open(\"big\", \"r+b\"); mmap.mmap(f.fileno(), 0)[5] = 1'",
    ]
    try FrozenWorkshop.with { workshop in
      try workshop.shell(
        """
        mkdir -p d/e f; echo one > d/one; echo two > d/e/two; echo three > f/three
        head -c 100000 /dev/zero > big
        """
      )
      var former = try workshop.freezing { frozen in
        workshop.former(try workshop.archive(frozen), frozen)
      }
      for kind in kinds {
        try workshop.shell(kind)
        try compare(workshop, &former, kind)
      }
    }
  }

  @Test func `would be named if it were wrong`() throws {
    try FrozenWorkshop.with { workshop in
      try workshop.shell(
        "mkdir -p d/e f; echo one > d/one; echo two > d/e/two; echo three > f/three"
      )
      var former = try workshop.freezing { frozen in
        workshop.former(try workshop.archive(frozen), frozen)
      }
      try workshop.shell("echo more >> d/e/two")
      try workshop.freezing { frozen in
        // As if nothing had been written.
        former.transactions = former.transactions.mapValues { $0 + 1000 }
        let shortcut = try workshop.shortcut(.comparing, frozen, since: former)
        let comparing = try workshop.archive(frozen, since: former, shortcut)
        let full = try workshop.archive(frozen, since: former)
        #expect(comparing.tree == full.tree && !comparing.isQuick)
        let wrong = ["d/e/two", "d/e", "d"].map { workshop.source.appending($0) }
        #expect(comparing.untold == wrong)
      }
    }
  }

  @Test func `is read after all when the parent isn't what its snapshot says`() throws {
    try FrozenWorkshop.with { workshop in
      try workshop.shell("mkdir -p d; echo one > d/one; echo two > two")
      var former = try workshop.freezing { frozen in
        workshop.former(try workshop.archive(frozen), frozen)
      }
      former.totals = TreeTotals()
      try workshop.shell("echo more >> two")
      try workshop.freezing { frozen in
        let shortcut = try workshop.shortcut(.quick, frozen, since: former)
        let archived = try workshop.archive(frozen, since: former, shortcut)
        #expect(!archived.isQuick && archived.counts.filesProcessed == 2)
      }
    }
  }
}
