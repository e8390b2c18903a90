import Foundation
import Machine
import Planning
import Snapshotting
import TestSupport
import Testing

/// With LVM itself, in the test machine.
@Suite(.serialized, .requiresTestMachine)
struct `Volume snapshots of logical volumes` {
  /// A logical volume of one kind with one file system.
  struct Kind: CustomTestStringConvertible, Sendable {
    var type: String
    var isThin: Bool
    var testDescription: String { "\(type) on a \(isThin ? "thin" : "thick") logical volume" }
    static let all = ["ext4", "xfs"].flatMap { type in
      [false, true].map { Kind(type: type, isThin: $0) }
    }
  }

  /// Calls `body` with a mounted logical volume, two logical volumes of others whose names begin
  /// like ours, and the plan for it.
  private func with(
    _ kind: Kind,
    _ body: (TestVolumeGroup, _ top: FilePath, Plan, _ foreign: [String]) throws -> Void
  ) throws {
    try TestVolumeGroup.with { group in
      if kind.isThin { try group.createPool("pool", sizeMiB: 800) }
      let pool = kind.isThin ? "pool" : nil
      let top = try group.create("data-1", kind.type, sizeMiB: 400, inPool: pool)
      try shell("echo first > file; mkdir folder; echo deep > folder/file", in: top)
      let foreign = ["stillpoint", "stillpoint_0"]
      for name in foreign {
        let tag = ["--addtag", "stillpoint"]
        let size = kind.isThin ? [] : ["-l", "4"]
        let names = ["-n", name, "\(group.name)/data-1"]
        try SystemCommandRunner().run(Command("lvcreate", arguments: ["-qys"] + tag + size + names))
      }
      try body(group, top, try plan(top), foreign)
    }
  }

  private func plan(_ path: FilePath) throws -> Plan {
    try makePlan(policy: .required, inputs: PlanInputs.gathered(for: [path]))
  }

  private func shell(_ script: String, in directory: FilePath) throws {
    try Program("/bin/bash").succeed("-euc", "cd '\(directory)'; \(script)")
  }

  private func text(_ snapshot: VolumeSnapshot, _ path: FilePath) throws -> String {
    let folder = try openDirectory(
      beneath: snapshot.top.raw,
      path.removingLastComponent(),
      subject: path
    )
    let name = path.lastComponent?.string ?? ""
    return try String(contentsOfFile: "/proc/self/fd/\(folder.raw)/\(name)", encoding: .utf8)
  }

  @Test(arguments: Kind.all) func `are what was there at that moment`(kind: Kind) throws {
    try with(kind) { group, top, plan, foreign in
      #expect(plan.volumes.map(\.mechanism) == [kind.isThin ? .lvmThin : .lvm])
      #expect(!plan.needsPause)
      let driver = LVMDriver()
      let set = try driver.prepare(driver.marks(for: plan.volumes, run: .random()))
      // What isn't on the disk yet, and a file that has no name any more.
      try shell("echo second > file; exec 3> gone; rm gone; echo more >&3; touch new", in: top)
      try set.take()
      try shell("echo third > file; rm -r folder new", in: top)
      let snapshot = try #require(try set.identify().first)
      #expect(try text(snapshot, "file") == "second\n")
      #expect(try text(snapshot, "folder/file") == "deep\n")
      #expect(try text(snapshot, "new") == "")
      let made = "/proc/self/fd/\(snapshot.top.raw)/made"
      #expect(!FileManager.default.createFile(atPath: made, contents: nil))
      #expect(
        try fileMetadata(in: snapshot.top.raw, subject: "").inode == fileMetadata(of: top).inode
      )
      // The plan is the same while it exists, and nobody else sees the mount.
      #expect(try self.plan(top) == plan)
      #expect(
        try MountTable.current().mounts.count { $0.source.string.contains("stillpoint") } == 0
      )
      try set.verify()
      try set.discard()
      let left = try group.volumes().map(\.name).filter { $0.contains("stillpoint") }
      #expect(left.sorted() == foreign)
      #expect(group.suspendedDevices() == [])
    }
  }

  @Test(arguments: Kind.all) func `that a killed run left are removed`(kind: Kind) throws {
    try with(kind) { group, _, plan, foreign in
      let driver = LVMDriver()
      let mark = driver.marks(for: plan.volumes, run: .random())[0]
      #expect(try driver.release(mark) == .absent)
      for isIdentified in [false, true] {
        let set = try driver.prepare([mark])
        try set.take()
        var left = mark
        if isIdentified {
          left.identity = try group.volumes().first { $0.name == mark.name.text }?.uuid
        }
        #expect(try driver.release(left) == .removed)
        #expect(try driver.release(left) == .absent)
        try set.discard()
      }
      #expect(try group.volumes().map(\.name).filter { foreign.contains($0) }.count == 2)
    }
  }

  @Test(arguments: [false, true]) func `of another with our name are left alone`(isThin: Bool)
    throws
  {
    try with(Kind(type: "ext4", isThin: isThin)) { group, _, plan, _ in
      let driver = LVMDriver()
      let mark = driver.marks(for: plan.volumes, run: .random())[0]
      let set = try driver.prepare([mark])
      try set.take()
      var known = try #require(try set.identify().first).mark
      let tag = "stillpoint_\(mark.run.digits)"
      let path = "\(group.name)/\(mark.name.text)"
      try SystemCommandRunner().run(Command("lvchange", "-q", "--deltag", tag, path))
      #expect(throws: SnapshotLost.self) { try set.verify() }
      #expect(try driver.release(known) == .foreign)
      try SystemCommandRunner().run(Command("lvchange", "-q", "--addtag", tag, path))
      known.identity = "another"
      #expect(try driver.release(known) == .foreign)
      try set.verify()
      try set.discard()
      #expect(try group.ourSnapshots() == [])
    }
  }

  /// The states of devices that a killed lvcreate leaves.
  @Test(arguments: [false, true]) func `leave no origin suspended`(isThin: Bool) throws {
    try with(Kind(type: "ext4", isThin: isThin)) { group, top, plan, _ in
      let device = LVM.deviceName(group: group.name, name: "data-1")
      try SystemCommandRunner().run(Command("dmsetup", "suspend", device))
      #expect(group.suspendedDevices() == [device])
      let driver = LVMDriver()
      let mark = driver.marks(for: plan.volumes, run: .random())[0]
      #expect(try driver.release(mark) == .absent)
      #expect(group.suspendedDevices() == [])
      try shell("echo more > file; sync -f .", in: top)
    }
  }

  @Test func `can't be lost by lvremove, but by the device mapper`() throws {
    try with(Kind(type: "ext4", isThin: false)) { group, _, plan, _ in
      let driver = LVMDriver()
      let mark = driver.marks(for: plan.volumes, run: .random())[0]
      let set = try driver.prepare([mark])
      try set.take()
      _ = try set.identify()
      let tools = SystemCommandRunner()
      let path = "\(group.name)/\(mark.name.text)"
      #expect(throws: CommandError.self) { try tools.run(Command("lvremove", "-qff", "-y", path)) }
      let device = LVM.deviceName(group: group.name, name: mark.name.text)
      _ = try? tools.run(Command("dmsetup", "remove", "--force", device))
      #expect(throws: SnapshotLost.self) { try set.verify() }
      try set.discard()
      #expect(try group.ourSnapshots() == [])
    }
  }
}
