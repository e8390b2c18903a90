import Machine
import Planning
import Testing

@Suite struct `A plan` {
  private let fileSystem = VolumeID.random()

  private func mounts(_ text: String) -> [Mount] {
    MountTable(parsing: Array(text.utf8)).visible()
  }

  private func place(
    _ path: FilePath,
    _ id: UInt64,
    inside: FilePath? = "",
    isOwn: Bool = false
  ) -> BtrfsPlace {
    BtrfsPlace(
      path: path,
      fileSystem: fileSystem,
      subvolume: BtrfsSubvolume(
        id: id,
        uuid: VolumeID(high: 1, low: id),
        parentUUID: VolumeID(high: 0, low: 0),
        generation: 1,
        changeTransaction: 1,
        isReadOnly: false
      ),
      device: 1000 + id,
      inside: inside,
      top: inside == "" ? path : nil,
      isOwn: isOwn
    )
  }

  private func inputs(_ source: FilePath, _ text: String, isPrivileged: Bool = true) -> PlanInputs {
    PlanInputs(
      sources: [SourcePlace(path: source, directory: source)],
      mounts: mounts(text),
      isPrivileged: isPrivileged
    )
  }

  private static let machine = """
    1 0 0:30 /@ / rw - btrfs /dev/sda rw
    2 1 0:5 / /proc rw - proc proc rw
    3 2 0:6 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw
    4 1 8:2 / /boot rw - ext4 /dev/sdb rw
    5 1 0:30 /@home /home rw - btrfs /dev/sda rw
    6 1 7:0 / /snap/core ro - squashfs /dev/loop0 ro
    7 1 0:40 / /net rw - autofs /etc/auto.net rw
    8 7 0:41 / /net/host rw - nfs4 host:/ rw
    """

  private func numbers(_ plan: Plan) -> [UInt64] {
    plan.volumes.compactMap { volume in
      if case .btrfs(_, let number, _) = volume.name { number } else { nil }
    }
  }

  private func whole() -> PlanInputs {
    var inputs = inputs("/", Self.machine)
    inputs.btrfs["/"] = BtrfsFindings(
      places: [place("/", 256), place("/var/lib/machines", 258), place("/home/hidden", 260)]
    )
    inputs.btrfs["/home"] = BtrfsFindings(places: [place("/home", 257), place("/home/a", 259)])
    return inputs
  }

  private func describe(_ plan: Plan) -> [String] {
    plan.pieces.map { piece in
      switch piece.coverage {
      case .held(let key, _): "\(piece.path) held \(key.text)"
      case .frozen(let key, let inside):
        "\(piece.path) frozen \(key.text.split(separator: "/").last ?? "") \(inside)"
      case .live: "\(piece.path) live"
      case .still: "\(piece.path) still"
      case .omitted: "\(piece.path) omitted"
      }
    }
  }

  @Test func `holds writers where there are no volume snapshots, if they may be held`() throws {
    var inputs = whole()
    inputs.mayHoldWriters = true
    let plan = try makePlan(policy: .on, inputs: inputs)
    #expect(describe(plan).contains("/boot held mounted 2050"))
    #expect(describe(plan).contains("/net/host omitted"))
    let volume = try #require(plan.volumes.first { $0.mechanism == .live })
    #expect(volume.startingPoints == ["/boot"])
    #expect(plan.needsPause && plan.mayGate)
    let piece = try #require(plan.pieces.first { $0.path == "/boot" })
    #expect(plan.gradeExpected(of: piece, isProven: true) == .instant)
    #expect(plan.gradeExpected(of: piece, isProven: false) == .file)
    #expect(Mechanism(heldOn: "xfs") == .clone)
    for type in ["tmpfs", "overlay", "vfat", "nfs4", "fuse.sshfs"] {
      #expect(Mechanism(heldOn: type) == nil)
    }
  }

  @Test func `covers every mount and every subvolume below a source`() throws {
    let plan = try makePlan(policy: .on, inputs: whole())
    #expect(
      describe(plan) == [
        "/ frozen 256 ", "/boot live", "/home frozen 257 ", "/home/a frozen 259 ",
        "/net omitted", "/net/host omitted", "/proc omitted", "/snap/core still",
        "/var/lib/machines frozen 258 ",
      ]
    )
    #expect(numbers(plan) == [256, 257, 259, 258])
    #expect(plan.livePieces.map(\.reason) == ["ext4 here has no volume snapshots"])
  }

  @Test func `stays on one file system, and that means one subvolume`() throws {
    var inputs = whole()
    inputs.exclusions.staysOnFileSystem = true
    let plan = try makePlan(policy: .on, inputs: inputs)
    #expect(numbers(plan) == [256])
    #expect(
      describe(plan) == [
        "/ frozen 256 ", "/boot omitted", "/home omitted", "/net omitted", "/net/host omitted",
        "/proc omitted", "/snap/core omitted", "/var/lib/machines omitted",
      ]
    )
  }

  @Test func `has nothing of what patterns leave out`() throws {
    var inputs = whole()
    inputs.exclusions.patterns = try PatternList(["/boot", "/home/*", "machines"])
    let lacking = ["/boot", "/home/a", "/var/lib/machines"]
    let all = describe(try makePlan(policy: .on, inputs: whole()))
    let kept = all.filter { text in !lacking.contains { text.hasPrefix("\($0) ") } }
    #expect(describe(try makePlan(policy: .on, inputs: inputs)) == kept)
    #expect(kept.count < all.count)

    inputs.sources.append(SourcePlace(path: "/boot", directory: "/boot"))
    #expect(try makePlan(policy: .on, inputs: inputs).livePieces.map(\.path) == ["/boot"])
  }

  @Test func `keeps bind mounts of the same subvolume on one file system`() throws {
    var inputs = inputs(
      "/data",
      """
      1 0 8:1 / / rw - ext4 /dev/a rw
      2 1 0:30 /@ /data rw - btrfs /dev/b rw
      3 2 0:30 /@/x /data/again rw - btrfs /dev/b rw
      """
    )
    inputs.exclusions.staysOnFileSystem = true
    inputs.btrfs["/data"] = BtrfsFindings(places: [place("/data", 256)])
    inputs.btrfs["/data/again"] = BtrfsFindings(places: [place("/data/again", 256, inside: "x")])
    let plan = try makePlan(policy: .on, inputs: inputs)
    #expect(describe(plan) == ["/data frozen 256 ", "/data/again frozen 256 x"])
    #expect(plan.volumes.count == 1)
    #expect(plan.volumes.first?.isWhole == true)
  }

  @Test func `without volume snapshots has no pieces`() throws {
    #expect(try makePlan(policy: .off, inputs: whole()) == Plan(pieces: [], volumes: []))
  }

  @Test func `that must cover everything fails where it can't`() throws {
    let error = #expect(throws: PlanError.self) { try makePlan(policy: .required, inputs: whole()) }
    #expect(error?.subject == "/boot")
    #expect(
      (error?.cause as? NoVolumeSnapshot)?.reason == "ext4 here has no volume snapshots"
    )
  }

  @Test func `reads a subvolume with swap space live`() throws {
    var inputs = whole()
    inputs.swapDevices = [1257]
    let plan = try makePlan(policy: .on, inputs: inputs)
    #expect(plan.livePieces.map(\.path) == ["/boot", "/home"])
    #expect(numbers(plan) == [256, 259, 258])
  }

  @Test func `reads a kernel file system that was asked for`() throws {
    let plan = try makePlan(policy: .on, inputs: inputs("/proc", Self.machine))
    #expect(describe(plan) == ["/proc live", "/proc/sys/fs/binfmt_misc omitted"])
  }

  @Test func `for an ordinary user says what would be needed`() throws {
    let table = "1 0 0:30 /@ / rw - btrfs /dev/sda rw"
    var inputs = inputs("/", table, isPrivileged: false)
    inputs.btrfs["/"] = BtrfsFindings(places: [place("/", 256, isOwn: true)])
    let reason = try makePlan(policy: .on, inputs: inputs).livePieces.first?.reason
    #expect(reason?.contains("user_subvol_rm_allowed") == true)

    inputs.mounts = mounts(table + ",user_subvol_rm_allowed")
    #expect(try makePlan(policy: .on, inputs: inputs).volumes.count == 1)

    inputs.btrfs["/"] = BtrfsFindings(places: [place("/", 256)])
    #expect(
      try makePlan(policy: .on, inputs: inputs).livePieces.first?.reason
        == "its subvolume belongs to another user; root can snapshot it"
    )
  }

  @Test func `of several sources has every piece once`() throws {
    var inputs = whole()
    inputs.sources.append(SourcePlace(path: "/home", directory: "/home"))
    inputs.sources.append(SourcePlace(path: "/boot/vmlinuz", directory: "/boot"))
    let plan = try makePlan(policy: .on, inputs: inputs)
    #expect(plan.pieces.count == 9)
    #expect(plan.pieces.filter(\.isSource).map(\.path) == ["/", "/boot", "/home"])
  }

  @Test func `can be told that a volume can't be snapshotted after all`() throws {
    var inputs = whole()
    inputs.refused = [.btrfs(fileSystem, 257): "it rains"]
    let plan = try makePlan(policy: .on, inputs: inputs)
    #expect(numbers(plan) == [256, 259, 258])
    #expect(plan.livePieces.contains { $0 == ("/home", "it rains") })
  }

  @Test func `reads what is not in the mount table live`() throws {
    let plan = try makePlan(policy: .on, inputs: inputs("/data", ""))
    #expect(plan.livePieces.map(\.reason) == ["its mount isn't in the mount table"])
  }

  @Test func `has each mount of a CephFS for itself, and never as one instant`() throws {
    let table = """
      1 0 8:1 / / rw - ext4 /dev/a rw
      2 1 0:30 /home /mnt/home rw - ceph admin@d9.data=/people rw
      """
    let plan = try makePlan(policy: .on, inputs: inputs("/mnt/home/ann", table))
    #expect(plan.volumes.map(\.identity) == ["admin@d9.data=/people/home"])
    let piece = plan.pieces[0]
    #expect(piece.coverage == .frozen(plan.volumes[0].key, inside: "ann"))
    #expect(plan.needsPause)
    #expect(plan.gradeExpected(of: piece, isProven: true) == .volume)
    #expect(plan.limit(of: piece)?.contains("other machines") == true)
  }
}
