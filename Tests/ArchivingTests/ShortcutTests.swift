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

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `makes the same tree as reading everything`(seed: UInt64) throws {
    try FrozenWorkshop.with { workshop in
      try churn(workshop, seed: seed, count: 300)
      var former = try workshop.freezing { frozen in
        workshop.former(try workshop.archive(frozen), frozen)
      }
      for round in 1...12 as ClosedRange<UInt64> {
        try churn(workshop, seed: seed << 32 | round, count: 1 << (round % 6))
        former = try workshop.freezing { frozen in
          let shortcut = try workshop.shortcut(.quick, frozen, since: former)
          let quick = try workshop.archive(frozen, since: former, shortcut)
          let full = try workshop.archive(frozen, since: former)
          let fresh = try workshop.archive(frozen, into: FrozenWorkshop.newRepository())
          #expect(quick.tree == full.tree, "seed \(seed), round \(round)")
          #expect(quick.tree == fresh.tree, "seed \(seed), round \(round)")
          #expect(quick.counts.ofTrees == full.counts.ofTrees, "seed \(seed), round \(round)")
          #expect(quick.isQuick && quick.problems.isEmpty && full.problems.isEmpty)

          var compared = try workshop.shortcut(.comparing, frozen, since: former)
          compared.changes = shortcut.changes
          let comparing = try workshop.archive(frozen, since: former, compared)
          #expect(comparing.tree == full.tree)
          #expect(comparing.untold == [], "seed \(seed), round \(round)")
          return workshop.former(quick, frozen)
        }
      }
    }
  }
}
