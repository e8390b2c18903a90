import Foundation
import Machine
import Planning
import Snapshotting
import TestSupport
import Testing

/// With a stand-in for the programs of LVM, and directories for what is mounted.
@Suite struct `Volume snapshots of LVM` {
  private let lvm = FakeLVM(
    groups: [
      VolumeGroup(
        name: "vg",
        uuid: "g",
        extentBytes: 4 << 20,
        extents: 2000,
        freeExtents: 400
      )
    ],
    volumes: [
      LogicalVolume(group: "vg", name: "home", uuid: "u-1", sizeBytes: 1 << 30),
      LogicalVolume(
        group: "vg",
        name: "pool",
        uuid: "u-2",
        sizeBytes: 1 << 30,
        attributes: "twi-aotz--",
        dataPercent: 10,
        metadataPercent: 11
      ),
      LogicalVolume(
        group: "vg",
        name: "data",
        uuid: "u-3",
        sizeBytes: 1 << 30,
        attributes: "Vwi-aotz--",
        pool: "pool"
      ),
    ]
  )
  private let run = RunID.random()

  private func driver(_ devices: BlockDevices = BlockDevices(root: "/nowhere")) -> LVMDriver {
    LVMDriver(tools: lvm, devices: devices, sampleLength: .zero) { _, _ in
      SharedDescriptor(try openDirectory("/tmp"))
    }
  }

  private func volume(_ name: String, _ uuid: String, isThin: Bool) -> Volume {
    Volume(
      name: .lvm(group: "vg", name: name, uuid: uuid, isThin: isThin),
      device: FilePath("/dev/mapper/vg-\(name)"),
      type: "ext4",
      directory: "/tmp",
      isWhole: true
    )
  }

  private var volumes: [Volume] {
    [volume("home", "u-1", isThin: false), volume("data", "u-3", isThin: true)]
  }

  private func taken(_ devices: BlockDevices = BlockDevices(root: "/nowhere")) throws
    -> any SnapshotSet
  {
    let driver = driver(devices)
    let set = try driver.prepare(driver.marks(for: volumes, run: run))
    try set.take()
    return set
  }

  private var tag: String { "stillpoint_\(run.digits)" }
  private var thick: String { "vg/\(tag)_0" }
  private var thin: String { "vg/\(tag)_1" }
  private var ours: [String] { lvm.with { $0.volumes.map(\.path).filter { $0.contains("still") } } }
  private var lastCommands: [String] { lvm.with { $0.commands.suffix(2).map(\.description) } }

  @Test func `are taken one after the other with our mark`() throws {
    let set = try taken()
    // A tenth of the origin, and no size for a thin one.
    let common = "lvcreate --yes --quiet --autobackup n --snapshot"
    #expect(
      lastCommands == [
        "\(common) --monitor n --extents 26 --addtag \(tag) --name \(tag)_0 vg/home",
        "\(common) --setactivationskip n --activate y --addtag \(tag) --name \(tag)_1 vg/data",
      ]
    )
    let snapshots = try set.identify()
    #expect(snapshots.map(\.mark.identity) == ["made-1", "made-2"])
    try set.verify()
    try set.discard()
    #expect(ours == [])
    try set.discard()
  }

  @Test func `have another name each`() {
    let driver = driver()
    let names = (0..<3).flatMap { _ in driver.marks(for: volumes, run: run).map(\.name) }
    #expect(Set(names).count == 6)
  }

  @Test func `aren't begun without room`() throws {
    lvm.with { $0.groups[0].freeExtents = 15 }
    let driver = driver()
    let error = #expect(throws: SnapshotError.self) {
      try driver.prepare(driver.marks(for: volumes, run: run))
    }
    #expect(error.map(explanation(of:))?.contains("60 MiB are free") == true)
    #expect(ours == [])
  }

  @Test func `that a failing command took are removed`() throws {
    lvm.with { $0.killed = "lvcreate" }
    let driver = driver()
    let set = try driver.prepare(driver.marks(for: volumes, run: run))
    #expect(throws: SnapshotError.self) { try set.take() }
    #expect(ours == [thick])
    try set.discard()
    #expect(ours == [])
  }

  @Test func `that are busy for a moment are removed then`() throws {
    let set = try taken()
    lvm.with { $0.timesBusy = [thick: 2] }
    try set.discard()
    #expect(ours == [])
    #expect(lvm.tools.count { $0 == "udevadm" } == 2)
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

  @Test(arguments: ["gone", "tag", "origin", "invalid", "full", "unknown", "pool"])
  func `that aren't what was taken are noticed`(change: String) throws {
    let set = try taken()
    _ = try set.identify()
    lvm.with { state in
      switch change {
      case "gone": state.volumes.removeAll { $0.path == thin }
      case "tag": state.change(thick) { $0.tags = [] }
      case "origin": state.change(thick) { $0.originUUID = "u-9" }
      case "invalid": state.change(thick) { $0.attributes = "swi-I-s---" }
      case "full": state.change(thick) { $0.dataPercent = 100 }
      case "unknown": state.change(thick) { $0.dataPercent = nil }
      default: state.change("vg/pool") { $0.attributes = "twi-aotzD-" }
      }
    }
    #expect(throws: SnapshotLost.self) { try set.verify() }
    try set.discard()
    // What has become something else isn't ours to remove.
    #expect(ours == (change == "tag" ? [thick] : []))
  }

  @Test func `that something else took the name of aren't used`() throws {
    let set = try taken()
    lvm.with { $0.change(thick) { $0.tags = ["other"] } }
    #expect(throws: SnapshotLost.self) { try set.identify() }
    try set.discard()
    #expect(ours == [thick])
  }

  // MARK: Overflowing

  @Test func `that fill up are doubled`() throws {
    let set = try taken()
    lvm.with { $0.change(thick) { $0.dataPercent = 71 } }
    _ = try set.identify()
    #expect(eventually { lvm.with { $0.volume(thick)?.sizeBytes } == 52 * 4 << 20 })
    try set.verify()
    try set.discard()
  }

  @Test func `that can't be extended are lost when they overflow, and say why`() throws {
    let set = try taken()
    lvm.with { state in
      state.groups[0].freeExtents = 0
      state.change(thick) { $0.dataPercent = 96 }
    }
    _ = try set.identify()
    // By the second look it knows what came of the first one.
    #expect(eventually { lvm.tools.count { $0 == "dmsetup" } > 1 })
    try set.verify()
    lvm.with { $0.change(thick) { $0.attributes = "swi-I-s---" } }
    #expect(
      eventually {
        do {
          try set.verify()
          return false
        } catch {
          return "\(error)".contains("104 MiB; it could not be extended: nothing is free")
        }
      }
    )
    try set.discard()
    #expect(ours == [])
  }

  private func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<200 {
      if condition() { return true }
      usleep(50_000)
    }
    return condition()
  }

  // MARK: What a killed run left

  private func mark(isThin: Bool = false) -> SnapshotMark {
    driver().marks(for: [isThin ? volumes[1] : volumes[0]], run: run)[0]
  }

  private func leave(
    _ name: String? = nil,
    uuid: String = "left",
    tag: String?,
    origin: String? = "u-1"
  ) {
    lvm.with { state in
      state.volumes.append(
        LogicalVolume(
          group: "vg",
          name: name ?? "\(self.tag)_0",
          uuid: uuid,
          sizeBytes: 64 << 20,
          attributes: "swi-a-s---",
          tags: tag.map { [$0] } ?? [],
          originUUID: origin
        )
      )
    }
  }

  @Test(arguments: [nil, "left"], ["u-1", nil]) func `left by a killed run are removed`(
    identity: String?,
    origin: String?
  ) throws {
    leave(tag: tag, origin: origin)
    leave("\(tag)_01", uuid: "a", tag: nil)
    leave("\(tag)_1", uuid: "b", tag: "stillpoint_\(RunID.random().digits)")
    leave("stillpoint", uuid: "c", tag: "stillpoint")
    var mark = mark()
    mark.identity = identity
    #expect(try driver().release(mark) == .removed)
    #expect(ours == ["vg/\(tag)_01", "vg/\(tag)_1", "vg/stillpoint"])
    #expect(try driver().release(mark) == .absent)
  }

  @Test func `are found under another name by their uuid`() throws {
    leave("renamed", tag: tag)
    var mark = mark()
    #expect(try driver().release(mark) == .absent)
    mark.identity = "left"
    #expect(try driver().release(mark) == .removed)
    #expect(lvm.with { $0.volumes.count } == 3)
  }

  @Test func `with our name and another's identity are left alone`() throws {
    var mark = mark()
    leave(tag: nil)
    #expect(try driver().release(mark) == .foreign)
    lvm.with { $0.change(thick) { $0.tags = [tag, "x"] } }
    mark.identity = "other"
    #expect(try driver().release(mark) == .foreign)
    mark.identity = nil
    lvm.with { $0.change(thick) { $0.originUUID = "u-9" } }
    #expect(try driver().release(mark) == .foreign)
    #expect(ours == [thick])
    #expect(!lvm.tools.contains("lvremove"))
  }

  @Test func `are not gone with a group that can't be seen`() throws {
    lvm.with { $0.volumes = [] }
    let error = #expect(throws: SnapshotError.self) { try driver().release(mark()) }
    #expect(error.map(explanation(of:))?.hasSuffix("LVM doesn't see the volume group vg") == true)
  }

  // MARK: Suspended origins

  /// Calls `body` with what the kernel says of the origin, which is suspended until something lets
  /// it go on.
  private func withSuspendedOrigin(
    until program: String,
    _ body: (BlockDevices, _ isSuspended: () -> Bool) throws -> Void
  ) throws {
    try withTemporaryDirectory { root in
      let folder = root.appending("block/dm-0/dm").string
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      @Sendable func write(_ name: String, _ text: String) {
        let isWritten = FileManager.default
          .createFile(atPath: "\(folder)/\(name)", contents: Data(text.utf8))
        #expect(isWritten)
      }
      let uuid = String(repeating: "g", count: 32) + String(repeating: "u", count: 32)
      write("name", "vg-home\n")
      write("uuid", "LVM-\(uuid)\n")
      write("suspended", "1\n")
      lvm.with { state in
        state.volumes[0].uuid = "uuuuuu-uuuu-uuuu-uuuu-uuuu-uuuu-uuuuuu"
        state.resume = { found in
          if found == program { write("suspended", "0\n") }
        }
      }
      let devices = BlockDevices(root: root)
      try body(devices) { devices.mapped().contains(where: \.isSuspended) }
    }
  }

  private var origin: Volume {
    volume("home", "uuuuuu-uuuu-uuuu-uuuu-uuuu-uuuu-uuuuuu", isThin: false)
  }

  @Test(arguments: ["lvchange", "dmsetup"])
  func `leave no origin suspended when lvcreate fails`(program: String) throws {
    try withSuspendedOrigin(until: program) { devices, isSuspended in
      lvm.with { $0.killed = "lvcreate" }
      let driver = driver(devices)
      let set = try driver.prepare(driver.marks(for: [origin], run: run))
      #expect(throws: SnapshotError.self) { try set.take() }
      #expect(!isSuspended())
      try set.discard()
      #expect(ours == [])
      #expect(lvm.tools.contains("dmsetup") == (program == "dmsetup"))
    }
  }

  @Test func `leave no origin suspended by a killed run`() throws {
    try withSuspendedOrigin(until: "lvchange") { devices, isSuspended in
      let driver = driver(devices)
      let mark = driver.marks(for: [origin], run: run)[0]
      let outcome = try driver.release(mark)
      #expect(outcome == .absent && !isSuspended())
    }
  }
}
