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
    inputs.zfs = ZFSFindings(
      guids: ["tank": 1, "tank/home": 2, "tank/home/my data": 3, "tank/old": 4]
    )
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

  @Test func `pauses for what programs store through mappings`() throws {
    var inputs = inputs("/mail")
    inputs.zfs.mapped = [29]
    let plan = try makePlan(policy: .on, inputs: inputs)
    #expect(plan.needsPause)
    #expect(plan.gradeExpected(of: plan.pieces[0], isProven: false) == .none)
    #expect(plan.gradeExpected(of: plan.pieces[0], isProven: true) == .instant)
  }
}
