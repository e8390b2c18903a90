import TestSupport
import Testing

@Suite(
  .serialized,
  .requiresRoot,
  .requires(tool: "mkfs.btrfs"),
  .requires(tool: "python3"),
  .requires(tool: "unshare")
)
struct `Backups of busy writers` {
  /// `--max-pause` when it isn't given, in milliseconds.
  private let pauseMax = 2000.0

  private func expectWhole(_ run: TortureRun) {
    #expect(run.torn == [])
    #expect(run.instants == TortureRun.count)
    #expect(run.pauses.count == TortureRun.count)
    #expect(run.pauses.allSatisfy { $0 <= pauseMax })
  }

  @Test func `are whole and of one instant`() throws {
    let run = try TortureRun(
      "all kinds at once",
      [.blocks, .mapped, .pair, .log, .sqlite, .rename]
    )
    expectWhole(run)
  }

  @Test func `are whole while programs come and go`() throws {
    expectWhole(try TortureRun("short-lived programs", [.spawn, .pair]))
  }

  @Test func `are whole with two hundred threads in a process`() throws {
    expectWhole(try TortureRun("200 threads", [.threads]))
  }

  @Test func `are whole with writers in other namespaces`() throws {
    expectWhole(
      try TortureRun("other namespaces", [.blocks, .pair, .log], inNamespaces: true)
    )
  }

  @Test func `are whole across nested subvolumes`() throws {
    expectWhole(try TortureRun("nested subvolumes", [.across, .blocks]))
  }

  @Test func `are torn and not called an instant when nobody is paused`() throws {
    let run = try TortureRun(
      "without a pause",
      [.blocks, .mapped, .pair, .log, .sqlite, .rename],
      options: ["--no-pause"],
      endsWhenTorn: true,
      ignoresNames: true
    )
    #expect(run.instants == 0)
    #expect(run.torn.count > 0)
  }
}
