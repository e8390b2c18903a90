import Machine
import Planning
import TestSupport
import Testing

@Suite struct `A plan with logical volumes` {
  private static let machine = """
    1 0 8:1 / / rw - ext4 /dev/sda1 rw
    2 1 253:0 / /home rw - ext4 /dev/mapper/vg-home rw
    3 2 253:1 / /home/data rw - xfs /dev/mapper/vg-data rw,noquota
    4 1 253:2 / /private rw - ext4 /dev/mapper/private rw
    5 1 253:3 / /old ro - ext4 /dev/mapper/vg-old ro
    6 1 253:4 / /snapshot rw - ext4 /dev/mapper/vg-snapshot rw
    7 1 253:5 / /inner rw - ext4 /dev/mapper/vg-raid_rimage_0 rw
    8 1 253:6 / /f2fs rw - f2fs /dev/mapper/vg-f2fs rw
    9 1 253:1 /mail /mail rw - xfs /dev/mapper/vg-data rw
    10 1 253:7 / /log rw - xfs /dev/mapper/vg-log rw,logdev=/dev/sdb1
    11 1 253:8 / /journal rw - ext4 /dev/mapper/vg-journal rw
    """

  private let disk = BlockDevice(number: 2049, name: "/dev/sda2", kind: .partition)

  private func number(_ minor: UInt32) -> UInt64 { deviceNumber(major: 253, minor: minor) }

  private func device(
    _ minor: UInt32,
    _ name: String,
    layer: String? = nil,
    on below: [BlockDevice]? = nil
  ) -> BlockDevice {
    BlockDevice(
      number: number(minor),
      name: "vg/\(name)",
      kind: .logicalVolume(group: "vg", name: name, uuid: "u-\(name)", layer: layer),
      below: below ?? [disk]
    )
  }

  private var stacks: [BlockDevice] {
    let home = device(0, "home")
    let cow = BlockDevice(
      number: 1,
      name: "vg/snapshot",
      kind: .logicalVolume(group: "vg", name: "snapshot", uuid: "u-snapshot", layer: "cow")
    )
    return [
      home, device(1, "data", on: [device(20, "pool", layer: "tpool")]),
      BlockDevice(
        number: number(2),
        name: "/dev/mapper/private",
        kind: .encrypted("LUKS"),
        below: [home]
      ),
      device(3, "old"), device(4, "snapshot", on: [home, cow]),
      device(5, "raid_rimage_0", layer: "rimage"), device(6, "f2fs"), device(7, "log"),
      device(8, "journal"),
    ]
  }

  private func findings() -> LVMFindings {
    var findings = LVMFindings(
      devices: stacks.reduce(into: [:]) { $0[$1.number] = $1 }
    )
    let group = VolumeGroup(
      name: "vg",
      uuid: "g",
      extentBytes: 4 << 20,
      extents: 5000,
      freeExtents: 100
    )
    findings.groups = ["vg": group]
    let pool = LogicalVolume(
      group: "vg",
      name: "pool",
      uuid: "u-pool",
      sizeBytes: 1 << 30,
      attributes: "twi-aotz--",
      dataPercent: 50,
      metadataPercent: 10
    )
    let volumes = ["home", "data", "snapshot", "f2fs", "log", "journal"].map {
      LogicalVolume(
        group: "vg",
        name: $0,
        uuid: "u-\($0)",
        sizeBytes: 10 << 30,
        pool: $0 == "data" ? "pool" : nil
      )
    }
    findings.volumes = (volumes + [pool]).reduce(into: [:]) { $0[$1.uuid] = $1 }
    findings.externalJournals = [number(8)]
    return findings
  }

  private func plan(
    _ source: FilePath,
    isPrivileged: Bool = true,
    policy: SnapshotPolicy = .on,
    _ change: (inout LVMFindings) -> Void = { _ in }
  ) throws -> Plan {
    var inputs = PlanInputs(
      sources: [SourcePlace(path: source, directory: source)],
      mounts: MountTable(parsing: Array(Self.machine.utf8)).visible(),
      isPrivileged: isPrivileged
    )
    inputs.lvm = findings()
    change(&inputs.lvm)
    return try makePlan(policy: policy, inputs: inputs)
  }

  private func reason(_ plan: Plan) -> String? { plan.livePieces.first?.reason }

  @Test func `freezes file systems right on them, nested ones too`() throws {
    let plan = try plan("/home")
    #expect(plan.pieces.map(\.path) == ["/home", "/home/data"])
    #expect(
      plan.pieces.map(\.coverage) == [
        .frozen(VolumeKey(text: "lvm vg/home"), inside: ""),
        .frozen(VolumeKey(text: "lvm vg/data"), inside: ""),
      ]
    )
    #expect(plan.volumes.map(\.mechanism) == [.lvm, .lvmThin])
    #expect(plan.volumes.map(\.identity) == ["u-home", "u-data"])
    // They can't be taken at one moment, and nobody may wait in the gate meanwhile.
    #expect(plan.needsPause && !plan.mayGate)
  }

  @Test func `needs no pause for one`() throws {
    let plan = try plan("/mail/new")
    #expect(
      plan.pieces.map(\.coverage) == [
        .frozen(VolumeKey(text: "lvm vg/data"), inside: "mail/new")
      ]
    )
    #expect(!plan.needsPause)
    #expect(plan.gradeExpected(of: plan.pieces[0], isProven: true) == .instant)
    #expect(plan.volumes.map(\.isWhole) == [false])
  }

  @Test func `explains what lies above one`() throws {
    #expect(
      try reason(plan("/private"))
        == "its file system is on LUKS on vg/home on /dev/sda2: a volume snapshot of that would "
        + "need its key"
    )
    #expect(try reason(plan("/inner"))?.contains("inner part of the logical volume") == true)
  }

  @Test func `refuses what LVM or we can't snapshot`() throws {
    #expect(try plan("/old").pieces[0].coverage == .still(reason: "its file system is read-only"))
    #expect(try reason(plan("/snapshot"))?.contains("is a volume snapshot") == true)
    #expect(
      try reason(plan("/f2fs")) == "a logical volume isn't snapshotted for f2fs on it"
    )
    for path in ["/log", "/journal"] {
      #expect(try reason(plan(FilePath(path)))?.contains("is on another device") == true)
    }
    #expect(
      try reason(plan("/mail", isPrivileged: false))
        == "taking a volume snapshot of its logical volume needs root"
    )
    #expect(try reason(plan("/mail") { $0.problem = "can't start lvs" })?.hasSuffix("lvs") == true)
    #expect(try reason(plan("/mail") { $0.volumes = [:] }) == "LVM doesn't know its logical volume")
  }

  /// LVM took them without stopping the file system: the newest files were missing.
  @Test func `takes no thin volume snapshot where there are thick ones`() throws {
    let plan = try plan("/mail") { findings in
      let pool = device(20, "pool", layer: "tpool")
      findings.devices[number(1)] = device(
        1,
        "data",
        on: [device(21, "data", layer: "real", on: [pool])]
      )
    }
    #expect(reason(plan)?.contains("is thin and has thick volume snapshots") == true)
  }

  @Test func `says how much room is missing`() throws {
    let expected =
      "its volume group vg has 96 MiB free, and a volume snapshot needs at least 104 MiB; add a "
      + "disk with vgextend, or make a logical volume smaller"
    func fill(_ findings: inout LVMFindings) { findings.groups["vg"]?.freeExtents = 24 }
    let plan = try plan("/home", fill)
    // A thin one needs none.
    #expect(plan.livePieces.map(\.reason) == [expected])
    #expect(throws: PlanError.self) { try self.plan("/home", policy: .required, fill) }
  }

  /// A plan is made again while our volume snapshots exist, and must be the same.
  @Test func `counts the room that our volume snapshots take as free`() throws {
    let plan = try plan("/home") { findings in
      findings.groups["vg"]?.freeExtents = 0
      findings.volumes["s"] = LogicalVolume(
        group: "vg",
        name: "s",
        uuid: "s",
        sizeBytes: 104 << 20,
        attributes: "swi-a-s---",
        tags: ["stillpoint_x"]
      )
    }
    #expect(plan.livePieces.isEmpty)
  }

  @Test(arguments: ["data", "metadata", "state", "check", "unknown"])
  func `refuses a thin pool near its limit`(what: String) throws {
    let plan = try plan("/mail") { findings in
      switch what {
      case "data": findings.volumes["u-pool"]?.dataPercent = 90
      case "metadata": findings.volumes["u-pool"]?.metadataPercent = 93.5
      case "state": findings.volumes["u-pool"]?.attributes = "twi-aotzM-"
      case "check": findings.volumes["u-pool"]?.needsCheck = true
      default: findings.volumes["u-pool"]?.dataPercent = nil
      }
    }
    #expect(plan.volumes.isEmpty)
    #expect(reason(plan)?.contains("thin pool vg/pool") == true)
    if what == "metadata" { #expect(reason(plan)?.contains("93 % full") == true) }
  }
}
