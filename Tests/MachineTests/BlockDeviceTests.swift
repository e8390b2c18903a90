import Foundation
import Machine
import TestSupport
import Testing

@Suite struct `The devices below a file system` {
  private static let group = "syYiyOGSJL1LqvRsCCySLjH5aEXi05uS"
  private static let own = "xqiwe8ms4yV4GLwXiUTIuwgVl1GM8w7k"
  private static let pool = "E9b4BDwGBmid49CAgs15n4Y3FICmFkYd"

  /// A tree like `/sys`: devices by their numbers, with files and what they lie on.
  private func withDevices<Value>(
    _ devices: [(name: String, number: String, files: [String: String], below: [String])],
    _ body: (BlockDevices) throws -> Value
  ) throws -> Value {
    try withTemporaryDirectory { root in
      let files = FileManager.default
      func path(_ parts: String...) -> String {
        ([root.string] + parts).joined(separator: "/")
      }
      try files.createDirectory(atPath: path("dev/block"), withIntermediateDirectories: true)
      for device in devices {
        let folder = path("block", device.name)
        try files.createDirectory(atPath: folder + "/slaves", withIntermediateDirectories: true)
        try files.createSymbolicLink(
          atPath: path("dev/block", device.number),
          withDestinationPath: folder
        )
        for (name, text) in device.files.merging(["dev": device.number], uniquingKeysWith: { $1 }) {
          let file = URL(filePath: folder).appending(path: name)
          try files.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
          )
          try Data((text + "\n").utf8).write(to: file)
        }
      }
      for device in devices {
        for below in device.below {
          let link = path("block", device.name, "slaves", (below as NSString).lastPathComponent)
          try files.createSymbolicLink(
            atPath: link,
            withDestinationPath: path("block", below)
          )
        }
      }
      return try body(BlockDevices(root: root))
    }
  }

  private func mapped(_ name: String, _ uuid: String, suspended: String = "0") -> [String: String] {
    ["dm/name": name, "dm/uuid": uuid, "dm/suspended": suspended]
  }

  private func volume(_ name: String, _ uuid: String, _ layer: String = "") -> [String: String] {
    mapped(name, "LVM-\(Self.group)\(uuid)\(layer)")
  }

  private func number(_ minor: UInt32, major: UInt32 = 253) -> UInt64 {
    deviceNumber(major: major, minor: minor)
  }

  @Test func `are told from the file system downwards`() throws {
    try withDevices([
      ("sda", "8:0", [:], []), ("sda/sda2", "8:2", ["partition": "2"], []),
      ("dm-0", "253:0", mapped("luks-x", "CRYPT-LUKS2-abc-x"), ["sda/sda2"]),
      ("dm-1", "253:1", volume("v--g-pool_tdata", Self.pool, "-tdata"), ["dm-0"]),
      ("dm-2", "253:2", volume("v--g-pool_tmeta", Self.pool, "-tmeta"), ["dm-0"]),
      ("dm-3", "253:3", volume("v--g-pool-tpool", Self.pool, "-tpool"), ["dm-1", "dm-2"]),
      ("dm-4", "253:4", volume("v--g-home", Self.own), ["dm-3"]),
    ]) { devices in
      let home = try #require(devices.device(number(4)))
      #expect(home.description == "v-g/home (thin, pool v-g/pool) on LUKS on /dev/sda2")
      #expect(home.thinPool == "v-g/pool")
      #expect(
        home.kind
          == .logicalVolume(
            group: "v-g",
            name: "home",
            uuid: "xqiwe8-ms4y-V4GL-wXiU-TIuw-gVl1-GM8w7k",
            layer: nil
          )
      )
      #expect(!home.isInnerLayer && !home.isThickSnapshot && !home.hasThickSnapshots)
      #expect(devices.device(number(1))?.isInnerLayer == true)
      #expect(devices.device(number(9)) == nil)
      let disk = try #require(devices.device(number(2, major: 8)))
      #expect(disk.kind == .partition && disk.nearestLogicalVolume == nil)
    }
  }

  @Test func `tell an origin from its volume snapshot`() throws {
    try withDevices([
      ("vda", "254:0", [:], []),
      ("dm-0", "253:0", volume("vg-a--b", Self.own), ["dm-1"]),
      ("dm-1", "253:1", volume("vg-a--b-real", Self.own, "-real"), ["vda"]),
      ("dm-2", "253:2", volume("vg-s-cow", Self.pool, "-cow"), ["vda"]),
      ("dm-3", "253:3", volume("vg-s", Self.pool), ["dm-1", "dm-2"]),
    ]) { devices in
      let origin = try #require(devices.device(number(0)))
      #expect(origin.description == "vg/a-b on /dev/vda")
      #expect(!origin.isThickSnapshot && origin.thinPool == nil && origin.hasThickSnapshots)
      #expect(devices.device(number(3))?.isThickSnapshot == true)
    }
  }

  @Test func `may be RAID, files, and encryption above a logical volume`() throws {
    try withDevices([
      ("loop0", "7:0", ["loop/backing_file": "/srv/disk image"], []), ("sdb", "8:16", [:], []),
      ("md0", "9:0", ["md/level": "raid1"], ["loop0", "sdb"]),
      ("dm-0", "253:0", volume("vg-a", Self.own), ["md0"]),
      ("dm-1", "253:1", mapped("private", "CRYPT-LUKS1-x-private"), ["dm-0"]),
      ("dm-2", "253:2", mapped("mpatha", "mpath-1"), ["sdb"]),
    ]) { devices in
      let private_ = try #require(devices.device(number(1)))
      #expect(
        private_.description == "LUKS on vg/a on RAID (raid1) of /dev/loop0 (/srv/disk image) and "
          + "/dev/sdb"
      )
      #expect(!private_.isLogicalVolume)
      #expect(private_.nearestLogicalVolume?.name == "vg/a")
      #expect(devices.device(number(2))?.description == "/dev/mapper/mpatha on /dev/sdb")
    }
  }

  @Test func `are counted, and found suspended`() throws {
    let statistics = "   413  0  6428  1020  2773  0  68756  188328  0  2932  189380"
    var files = volume("vg-a", Self.own)
    files["stat"] = statistics
    files["dm/suspended"] = "1"
    try withDevices([
      ("vda", "254:0", [:], []), ("dm-0", "253:0", files, ["vda"]),
      ("dm-1", "253:1", volume("vg-b", Self.pool), ["vda"]),
    ]) { devices in
      #expect(devices.bytesWritten(to: number(0)) == 68756 * 512)
      #expect(devices.bytesWritten(to: number(7)) == nil)
      let suspended = devices.mapped().filter(\.isSuspended)
      #expect(suspended.map(\.name) == ["vg-a"])
      #expect(suspended[0].belongs(to: "xqiwe8-ms4y-V4GL-wXiU-TIuw-gVl1-GM8w7k"))
      #expect(!suspended[0].belongs(to: "E9b4BD-wGBm-id49-CAgs-15n4-Y3FI-CmFkYd"))
    }
  }

  @Test func `have numbers of two parts`() {
    #expect(deviceText(deviceNumber(major: 253, minor: 4)) == "253:4")
    #expect(deviceText(deviceNumber(major: 5000, minor: 70000)) == "5000:70000")
  }

  @Test(.requiresRoot, .requires(tool: "mkfs.ext4")) func `are looked at as they are`() throws {
    try LoopDevice.with("ext4", sizeMiB: 16) { loop in
      let number = try fileMetadata(of: loop.mountPoint).device
      let device = try #require(BlockDevices().device(number))
      #expect(device.name == loop.device.string)
      #expect(device.description.hasSuffix("image)"))
      #expect(!BlockDevices().hasExternalJournal(number))
    }
  }
}
