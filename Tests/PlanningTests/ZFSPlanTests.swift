import Machine
import Planning
import TestSupport
import Testing

@Suite struct `A plan with ZFS` {
  private static let machine = """
    1 0 8:1 / / rw - ext4 /dev/sda1 rw
    2 1 0:28 / /tank rw - zfs tank rw,xattr
    3 2 0:29 / /tank/home rw - zfs tank/home rw,xattr
    4 3 0:30 / /tank/home/my\\040data rw - zfs tank/home/my\\040data rw,xattr
    5 2 0:31 / /tank/old ro - zfs tank/old ro,xattr
    6 3 0:32 / /tank/home/.zfs/snapshot/monday ro - zfs tank/home@monday ro
    7 1 0:29 /user/mail /mail rw - zfs tank/home rw,xattr
    8 1 0:29 /gone//deleted /gone rw - zfs tank/home rw,xattr
    """

  private func inputs(_ source: FilePath, isPrivileged: Bool = true) -> PlanInputs {
    var inputs = PlanInputs(
      sources: [SourcePlace(path: source, directory: source)],
      mounts: MountTable(parsing: Array(Self.machine.utf8)).visible(),
      isPrivileged: isPrivileged
    )
    let guids: [String: UInt64] = [
      "tank": 1, "tank/home": 2, "tank/home/my data": 3, "tank/old": 4,
    ]
    inputs.zfs = ZFSFindings(datasets: guids.mapValues { ZFSDataset(guid: $0) })
    return inputs
  }

  private func frozen(_ dataset: String, _ inside: FilePath = "") -> Coverage {
    .frozen(VolumeKey(text: "zfs \(dataset)"), inside: inside)
  }

  @Test func `freezes every dataset below a source at one moment`() throws {
    let plan = try makePlan(policy: .on, inputs: inputs("/tank"))
    #expect(
      plan.pieces.map(\.path) == [
        "/tank", "/tank/home", "/tank/home/.zfs/snapshot/monday", "/tank/home/my data", "/tank/old",
      ]
    )
    #expect(plan.pieces[0].coverage == frozen("tank"))
    #expect(plan.pieces[1].coverage == frozen("tank/home"))
    #expect(plan.pieces[2].coverage == .omitted(reason: "ZFS shows a volume snapshot here"))
    #expect(plan.pieces[3].coverage == frozen("tank/home/my data"))
    #expect(plan.pieces[4].coverage == .still(reason: "its file system is read-only"))
    #expect(plan.volumes.map(\.identity) == ["1", "2", "3"])
    #expect(!plan.needsPause)
  }

  @Test func `finds a folder of a dataset inside it`() throws {
    let mail = try makePlan(policy: .on, inputs: inputs("/mail/new"))
    #expect(mail.pieces.map(\.coverage) == [frozen("tank/home", "user/mail/new")])
    #expect(mail.volumes.map(\.isWhole) == [false])
    let gone = try makePlan(policy: .on, inputs: inputs("/gone"))
    #expect(
      gone.pieces.map(\.coverage) == [
        .live(reason: "the directory that is mounted here was removed")
      ]
    )
  }

  @Test func `reads live what can't be frozen, and says why`() throws {
    let user = try makePlan(policy: .on, inputs: inputs("/mail", isPrivileged: false))
    #expect(
      user.livePieces.map(\.reason) == ["reading a volume snapshot of its dataset needs root"]
    )
    var inputs = inputs("/mail")
    inputs.zfs = ZFSFindings(problem: "can't start zfs")
    let plan = try makePlan(policy: .on, inputs: inputs)
    #expect(plan.livePieces.map(\.reason) == ["its dataset can't be looked at: can't start zfs"])
  }

  @Test func `names the datasets that one may miss`() throws {
    var inputs = inputs("/tank")
    let unread: [String: ZFSDataset] = [
      "tank/away": ZFSDataset(guid: 5, mountPoint: "/srv/away"),
      "tank/box": ZFSDataset(guid: 6, mountPoint: "/tank/box", isMounted: false, canMount: "off"),
      "tank/home/locked": ZFSDataset(guid: 7, mountPoint: "/tank/home/locked", isMounted: false),
      "tank/none": ZFSDataset(guid: 8, isMounted: false, canMount: "noauto"),
      "tank/root2": ZFSDataset(guid: 9, mountPoint: "/", isMounted: false, canMount: "noauto"),
      "other": ZFSDataset(guid: 10, mountPoint: "/other"),
      "other/guest": ZFSDataset(guid: 11, mountPoint: "/tank/guest", isMounted: false),
    ]
    inputs.zfs.datasets.merge(unread) { _, new in new }
    let plan = try makePlan(policy: .on, inputs: inputs)
    #expect(
      plan.unread.map { "\($0.path) \($0.isMissed): \($0.reason)" } == [
        "/tank/guest true: the dataset other/guest belongs here and isn't mounted",
        "/srv/away false: the dataset tank/away, below /tank by its name, is mounted outside the"
          + " sources",
        "/tank/box false: the dataset tank/box belongs here and isn't mounted (canmount=off)",
        "/tank/home/locked true: the dataset tank/home/locked belongs here and isn't mounted",
        "/tank false: the dataset tank/none, below /tank by its name, isn't mounted"
          + " (canmount=noauto)",
        "/ false: the dataset tank/root2, below /tank by its name, isn't mounted (canmount=noauto)",
      ]
    )
    #expect(try makePlan(policy: .on, inputs: self.inputs("/tank/old")).unread == [])
  }

  @Test func `pauses for what programs store through mappings`() throws {
    var inputs = inputs("/mail")
    inputs.zfs.mapped = [29]
    let plan = try makePlan(policy: .on, inputs: inputs)
    #expect(plan.needsPause)
    #expect(plan.gradeExpected(of: plan.pieces[0], isProven: false) == .none)
    #expect(plan.gradeExpected(of: plan.pieces[0], isProven: true) == .instant)
  }

  @Test func `counts on mappings that it was told of`() throws {
    var plan = try makePlan(policy: .on, inputs: inputs("/tank"))
    plan.expectMappings(on: [VolumeKey(text: "zfs tank/home"), VolumeKey(text: "zfs gone")])
    #expect(plan.mapped == [VolumeKey(text: "zfs tank/home")])
    #expect(plan.needsPause)
  }
}
