import Machine
import Planning
import Snapshotting
import TestSupport
import Testing

/// With a stand-in for `zfs`, and directories for what is mounted.
@Suite struct `Volume snapshots of ZFS` {
  private let zfs = FakeZFS(datasets: ["tank": 1, "tank/home": 2, "other/data": 3])
  private let run = RunID.random()

  private var driver: ZFSDriver {
    ZFSDriver(tools: zfs) { _ in SharedDescriptor(try openDirectory("/tmp")) }
  }

  private func volume(_ dataset: String, _ guid: UInt64) -> Volume {
    Volume(
      name: .zfs(dataset: dataset, guid: guid),
      device: FilePath(dataset),
      type: "zfs",
      directory: "/tmp",
      isWhole: true
    )
  }

  private var volumes: [Volume] {
    [volume("tank", 1), volume("other/data", 3), volume("tank/home", 2)]
  }

  private func taken() throws -> any SnapshotSet {
    let driver = driver
    let set = try driver.prepare(driver.marks(for: volumes, run: run))
    try set.take()
    return set
  }

  private var name: String { "stillpoint-\(run.digits)-0" }
  private var names: [String] { zfs.with { $0.snapshots.keys.sorted() } }

  @Test func `are taken by one command for each pool and with our mark`() throws {
    let set = try taken()
    #expect(
      zfs.with(\.commands).map(\.description) == [
        "zfs snapshot -o stillpoint:run=\(run.digits) tank@\(name) tank/home@\(name)",
        "zfs snapshot -o stillpoint:run=\(run.digits) other/data@\(name)",
      ]
    )
    let snapshots = try set.identify()
    #expect(snapshots.map(\.mark.identity) == ["1001", "1003", "1002"])
    #expect(zfs.verbs == ["snapshot", "snapshot", "hold", "get", "hold", "get"])
    #expect(
      zfs.with { $0.snapshots.values.allSatisfy { $0.holds == ["stillpoint-\(run.digits)"] } }
    )
    try set.verify()
    try set.discard()
    #expect(names == [])
    try set.discard()
  }

  @Test func `have other names at every try of a run`() {
    let driver = driver
    let first = driver.marks(for: volumes, run: run)
    let second = driver.marks(for: volumes, run: run)
    #expect(Set(first.map(\.name)).count == 1)
    #expect(Set(first.map(\.name)).isDisjoint(with: second.map(\.name)))
  }

  @Test func `that a failing command took are removed`() throws {
    zfs.with { $0.killed = "snapshot" }
    let driver = driver
    let set = try driver.prepare(driver.marks(for: volumes, run: run))
    #expect(throws: SnapshotError.self) { try set.take() }
    #expect(names == ["tank/home@\(name)", "tank@\(name)"])
    try set.discard()
    #expect(names == [])
  }

  /// A backup still knew them when it was over, so that they stayed mounted, and busy.
  @Test func `are no longer open once they are discarded`() throws {
    let set = try taken()
    let snapshots = try set.identify()
    try set.discard()
    for snapshot in snapshots {
      #expect(throws: SystemCallError.self) {
        _ = try openDirectory(beneath: snapshot.top.raw, "", subject: "")
      }
    }
  }

  @Test func `that are busy for a moment are removed then`() throws {
    let set = try taken()
    zfs.with { $0.snapshots["tank@\(name)"]?.timesBusy = 2 }
    try set.discard()
    #expect(names == [])
  }

  @Test(arguments: ["guid", "run", "hold", "gone"])
  func `that aren't what was taken are noticed`(change: String) throws {
    let set = try taken()
    _ = try set.identify()
    let name = "tank/home@\(name)"
    zfs.with { state in
      switch change {
      case "guid": state.snapshots[name]?.guid = 5
      case "run": state.snapshots[name]?.properties = [:]
      case "hold": state.snapshots[name]?.holds = ["other"]
      default: state.snapshots[name] = nil
      }
    }
    #expect(throws: SnapshotLost.self) { try set.verify() }
    try? set.discard()
    #expect(zfs.with { $0.snapshots["tank@\(self.name)"] } == nil)
    // What has become something else isn't ours to destroy.
    #expect((zfs.with { $0.snapshots[name] } != nil) == (change != "gone"))
  }

  @Test func `of a dataset that was replaced meanwhile aren't used`() throws {
    let set = try taken()
    zfs.with { $0.datasets["tank/home"] = 9 }
    #expect(throws: SnapshotError.self) { try set.identify() }
    try set.discard()
    #expect(names == [])
  }

  // MARK: What a killed run left

  private var mark: SnapshotMark { driver.marks(for: [volume("tank/home", 2)], run: run)[0] }

  private func leave(_ run: String?, at name: String? = nil, guid: UInt64 = 7) {
    zfs.with { state in
      let properties = run.map { ["stillpoint:run": $0] } ?? [:]
      state.snapshots[name ?? "tank/home@\(self.name)"] = FakeZFS.Snapshot(
        guid: guid,
        properties: properties
      )
    }
  }

  @Test(arguments: [nil, "7"]) func `left by a killed run are removed`(identity: String?) throws {
    leave(run.digits)
    zfs.with { $0.snapshots["tank/home@\(name)"]?.holds = ["stillpoint-\(run.digits)"] }
    leave(nil, at: "tank/home@stillpoint-other", guid: 8)
    leave(RunID.random().digits, at: "tank/home@\(name)1", guid: 9)
    var mark = mark
    mark.identity = identity
    #expect(try driver.release(mark) == .removed)
    #expect(names == ["tank/home@\(name)1", "tank/home@stillpoint-other"])
    #expect(try driver.release(mark) == .absent)
  }

  @Test func `with our name and another's identity are left alone`() throws {
    leave(nil)
    #expect(try driver.release(mark) == .foreign)
    leave(RunID.random().digits)
    #expect(try driver.release(mark) == .foreign)
    leave(run.digits, guid: 8)
    var mark = mark
    mark.identity = "7"
    #expect(try driver.release(mark) == .foreign)
    #expect(names == ["tank/home@\(name)"])
    #expect(!zfs.verbs.contains("destroy"))
  }

  @Test func `are found where their dataset was renamed`() throws {
    leave(run.digits, at: "tank/elsewhere@\(name)")
    zfs.with { $0.datasets = ["tank": 1, "tank/elsewhere": 2] }
    #expect(try driver.release(mark) == .removed)
    #expect(names == [])
  }

  @Test func `are gone with their dataset, but not with a pool that isn't imported`() throws {
    zfs.with { $0.datasets = ["tank": 1, "tank/home": 77] }
    #expect(try driver.release(mark) == .absent)
    zfs.with { $0.datasets = ["other/data": 3] }
    let error = #expect(throws: SnapshotError.self) { try driver.release(mark) }
    #expect(error.map(explanation(of:))?.hasSuffix("the pool tank isn't imported") == true)
  }
}
