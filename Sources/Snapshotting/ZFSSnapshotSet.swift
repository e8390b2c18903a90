import Machine
import Planning

/// Volume snapshots of ZFS datasets.
final class ZFSSnapshotSet: SnapshotSet {
  /// One dataset.
  struct Member {
    var mark: SnapshotMark
    /// A directory of the dataset as it is; nil once it needn't be written out any more.
    var source: SharedDescriptor?
    /// The inode of the dataset's own top; nil when that isn't mounted.
    let topInode: UInt64?
    /// Whether it may be there: a command that fails may have taken it.
    var isTaken = false
    var top: SharedDescriptor?
    /// What the top was like when it was mounted.
    var sentinel: FileMetadata?
  }

  private var members: [Member]
  private let tool: ZFSTool
  private let mount: ZFSDriver.Mounting
  private(set) var traces = OwnTraces()

  init(members: [Member], tool: ZFSTool, mount: @escaping ZFSDriver.Mounting) {
    self.members = members
    self.tool = tool
    self.mount = mount
  }

  deinit { try? discard() }

  func flush() throws {
    for member in members {
      guard let source = member.source else { continue }
      try attempting("write out", member.mark) {
        try flushFileSystem(of: source.raw, subject: member.mark.volume.directory)
      }
    }
  }

  func take() throws {
    // What is stored through mappings is only in volume snapshots once it is written out.
    if members.contains(where: \.mark.volume.isMapped) { try flush() }
    for pool in pools {
      for index in pool { members[index].isTaken = true }
      let marks = pool.map { members[$0].mark }
      try attempting("take a volume snapshot", marks[0]) { try tool.take(marks) }
    }
  }

  /// The members of each pool, by their positions.
  private var pools: [[Int]] {
    Dictionary(grouping: members.indices) { members[$0].mark.volume.atomicGroup }
      .values.sorted { $0[0] < $1[0] }
  }

  func identify() throws -> [VolumeSnapshot] {
    for pool in pools {
      let marks = pool.map { members[$0].mark }
      try attempting("identify the volume snapshot", marks[0]) {
        try tool.hold(marks)
        let found = try tool.identities(of: marks.flatMap { [$0.volume.zfs.dataset, $0.zfsName] })
        for index in pool { try identify(&members[index], found) }
      }
    }
    return members.compactMap { member in
      member.top.map { VolumeSnapshot(mark: member.mark, top: $0) }
    }
  }

  private func identify(_ member: inout Member, _ found: [String: ZFSTool.Identity]) throws {
    let path = member.mark.volume.directory
    let (dataset, guid) = member.mark.volume.zfs
    guard found[dataset]?.guid == "\(guid)" else { throw OtherVolume(path: path) }
    guard let own = found[member.mark.zfsName], own.run == member.mark.zfsRun else {
      throw SnapshotLost(volume: path, finding: "something else has its name")
    }
    member.mark.identity = own.guid
    member.source = nil
    let top = try mount(member.mark.zfsName)
    let sentinel = try fileMetadata(in: top.raw, subject: path)
    member.top = top
    member.sentinel = sentinel
    // The top of each volume snapshot has another inode, and would never look unchanged.
    if let inode = member.topInode {
      traces.correct(DirectoryKey(sentinel), toInode: inode)
    }
  }

  func verify() throws {
    for pool in pools {
      let marks = pool.map { members[$0].mark }
      let found = try verifying(marks) { try tool.identities(of: marks.map(\.zfsName)) }
      let holds = try verifying(marks) { try tool.holds(of: marks) }
      for index in pool {
        try verify(
          members[index],
          found[members[index].mark.zfsName],
          holds[members[index].mark.zfsName] ?? []
        )
      }
    }
  }

  private func verifying<Value>(_ marks: [SnapshotMark], _ body: () throws -> Value) throws -> Value
  {
    do {
      return try body()
    } catch {
      let lost = marks[0].volume.directory
      throw SnapshotLost(volume: lost, finding: explanation(of: error))
    }
  }

  private func verify(
    _ member: Member,
    _ found: ZFSTool.Identity?,
    _ holds: Set<String>
  ) throws {
    let path = member.mark.volume.directory
    guard let found, found.guid == member.mark.identity, found.run == member.mark.zfsRun else {
      throw SnapshotLost(volume: path, finding: "something else has its name")
    }
    guard holds.contains(member.mark.zfsTag) else {
      throw SnapshotLost(volume: path, finding: "our hold on it was released")
    }
    guard let top = member.top, let now = try? fileMetadata(in: top.raw, subject: path),
      now == member.sentinel
    else { throw SnapshotLost(volume: path, finding: "it can't be read any more") }
  }

  func discard() throws {
    for index in members.indices {
      members[index].source = nil
      // Others may still own it, and it is busy while it is mounted.
      try? members[index].top?.letGo()
      members[index].top = nil
    }
    var failure: (any Error)?
    for pool in pools.reversed() {
      do { try discard(pool.filter { members[$0].isTaken }) } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
  }

  /// Removes members of one pool.
  private func discard(_ pool: [Int]) throws {
    // If it fails halfway, it is found out for each what is left of it.
    if (try? tool.removeTogether(pool.map { members[$0].mark })) == true {
      for index in pool { members[index].isTaken = false }
      return
    }
    var failure: (any Error)?
    for index in pool.reversed() {
      do {
        try attempting("remove the volume snapshot", members[index].mark) {
          _ = try tool.remove(members[index].mark)
        }
        members[index].isTaken = false
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }
}
