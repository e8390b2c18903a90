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
    #expect(run.doubts == [])
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

@Suite(.serialized, .requiresTestMachine, .requires(tool: "python3"))
struct `Backups of busy writers on ZFS` {
  @Test func `are whole and of one instant without a pause`() throws {
    let run = try TortureRun("ZFS", [.blocks, .pair], on: TortureRun.Place.onZFS)
    #expect(run.torn == [])
    #expect(run.instants == TortureRun.count)
    #expect(run.pauses.isEmpty)
  }

  @Test func `are whole by a pause when files are mapped`() throws {
    let run = try TortureRun(
      "ZFS, mapped",
      [.mapped],
      on: TortureRun.Place.onZFS,
      options: ["--max-pause", "60s"]
    )
    #expect(run.torn == [])
    #expect(run.instants == TortureRun.count)
    #expect(run.pauses.count == TortureRun.count)
  }
}

@Suite(.serialized, .requiresTestMachine, .requires(tool: "python3"))
struct `Backups of busy writers on LVM` {
  private func expectWhole(_ run: TortureRun, paused isPaused: Bool) {
    #expect(run.torn == [])
    #expect(run.instants == TortureRun.count)
    #expect(run.pauses.count == (isPaused ? TortureRun.count : 0))
  }

  @Test(arguments: [("ext4", false), ("xfs", true)])
  func `are whole and of one instant without a pause`(type: String, isThin: Bool) throws {
    let run = try TortureRun(
      "\(type) on a \(isThin ? "thin" : "thick") logical volume",
      [.blocks, .pair, .mapped],
      on: TortureRun.Place.onLVM(type, isThin: isThin)
    )
    expectWhole(run, paused: false)
  }

  @Test func `are whole on btrfs`() throws {
    let run = try TortureRun(
      "btrfs on a logical volume",
      [.blocks, .pair],
      on: TortureRun.Place.onLVM("btrfs", isThin: false),
      options: ["--max-pause", "60s"]
    )
    expectWhole(run, paused: true)
  }

  @Test func `are whole across three kinds of volumes`() throws {
    let run = try TortureRun(
      "ext4 on LVM, XFS on thin LVM, and btrfs",
      [.volumes, .pair],
      on: TortureRun.Place.onThreeKinds,
      options: ["--max-pause", "60s"]
    )
    expectWhole(run, paused: true)
  }
}
