import Foundation
import TestSupport
import Testing

/// Backups of busy file systems that have no volume snapshots.
@Suite(
  .serialized,
  .requiresRoot,
  .requires(tool: "mkfs.xfs"),
  .requires(tool: "python3"),
  .requires(tool: "unshare")
)
struct `Backups of busy writers without volume snapshots` {
  /// How many: `$STILLPOINT_TORTURE_RUNS`, else 5.
  private static let count =
    ProcessInfo.processInfo.environment["STILLPOINT_TORTURE_RUNS"].flatMap { Int($0) } ?? 5

  private func run(
    _ name: String,
    _ kinds: [WriterKind],
    on type: String,
    options: [String] = [],
    inNamespaces isApart: Bool = false
  ) throws -> TortureRun {
    try TortureRun(
      "\(name) on \(type)",
      kinds,
      on: TortureRun.Place.onLoop(type),
      count: Self.count,
      options: options,
      inNamespaces: isApart
    )
  }

  @Test(arguments: ["ext4", "xfs"])
  func `are whole and of one instant when files stay open`(type: String) throws {
    let kinds: [WriterKind] = [.blocks, .mapped, .pair, .sqlite]
    let run = try run("open files", kinds, on: type, options: ["--hot-copy-max", "256M"])
    #expect(run.torn == [])
    #expect(run.instants > Self.count / 2)
    #expect(run.checks >= run.instants * kinds.count)
  }

  @Test(arguments: ["ext4", "xfs"])
  func `are whole but for what is named when files come and go`(type: String) throws {
    let run = try run("files that come and go", [.log, .spawn, .rename, .pair], on: type)
    #expect(run.torn == [])
    #expect(run.checks > 0)
  }

  @Test(arguments: ["ext4", "xfs"])
  func `are whole with writers in other namespaces, and many threads`(type: String) throws {
    let run = try run("other namespaces", [.threads, .mapped], on: type, inNamespaces: true)
    #expect(run.torn == [])
    #expect(run.instants > Self.count / 2)
  }

  @Test(arguments: ["ext4", "xfs"])
  func `are torn and not called an instant when nobody is paused`(type: String) throws {
    let run = try TortureRun(
      "without a pause on \(type)",
      [.pair, .log, .rename, .sqlite],
      on: TortureRun.Place.onLoop(type),
      options: ["--no-pause", "--snapshot-policy", "auto"],
      endsWhenTorn: true,
      ignoresNames: true
    )
    #expect(run.instants == 0)
    #expect(run.torn.count > 0)
  }
}
