import Machine
import Planning

/// Volume snapshots of logical volumes.
final class LVMSnapshotSet: SnapshotSet {
  /// One logical volume.
  struct Member {
    var mark: SnapshotMark
    /// A directory of the volume as it is; nil once it needn't be written out any more.
    var source: SharedDescriptor?
    /// `st_dev` of the file system.
    let device: UInt64
    /// Of the store of a thick volume snapshot.
    var extents: UInt64 = 0
    /// Whether it may be there: a command that fails may have taken it.
    var isTaken = false
    var top: SharedDescriptor?
    /// What the top was like when it was mounted.
    var sentinel: FileMetadata?

    init(mark: SnapshotMark, source: SharedDescriptor, device: UInt64) {
      self.mark = mark
      self.source = source
      self.device = device
    }
  }

  private var members: [Member]
  private let tool: LVMTool
  private let mount: LVMDriver.Mounting
  private var watch: LVMStoreWatch?

  init(members: [Member], tool: LVMTool, mount: @escaping LVMDriver.Mounting) {
    self.members = members
    self.tool = tool
    self.mount = mount
  }

  deinit { try? discard() }

  /// A volume snapshot has the inodes and the times of its origin.
  var traces: OwnTraces { OwnTraces() }

  func flush() throws {
    for member in members {
      guard let source = member.source else { continue }
      try attempting("write out", member.mark) {
        try flushFileSystem(of: source.raw, subject: member.mark.volume.directory)
      }
    }
  }

  func take() throws {
    for index in members.indices {
      members[index].isTaken = true
      try attempting("take a volume snapshot", members[index].mark) {
        do {
          try tool.take(members[index].mark, extents: members[index].extents)
        } catch {
          try tool.letGo(originOf: members[index].mark)
          throw error
        }
      }
    }
  }

  func identify() throws -> [VolumeSnapshot] {
    try attempting("identify the volume snapshot", members[0].mark) {
      let volumes = try LogicalVolume.asked(tool.tools)
      for index in members.indices { try identify(&members[index], volumes) }
    }
    let thick = members.map(\.mark).filter { $0.volume.mechanism == .lvm }
    if !thick.isEmpty { watch = LVMStoreWatch(of: thick, tool: tool) }
    return members.compactMap { member in
      member.top.map { VolumeSnapshot(mark: member.mark, top: $0) }
    }
  }

  private func identify(_ member: inout Member, _ volumes: [LogicalVolume]) throws {
    let path = member.mark.volume.directory
    guard let found = volumes.first(where: { $0.path == member.mark.lvmPath }) else {
      throw SnapshotLost(volume: path, finding: "it is gone")
    }
    guard isAsTaken(found, member.mark) else {
      throw SnapshotLost(volume: path, finding: "something else has its name")
    }
    member.mark.identity = found.uuid
    member.source = nil
    let top = try mount(found, member.mark.volume.type)
    member.top = top
    member.sentinel = try fileMetadata(in: top.raw, subject: path)
  }

  private func isAsTaken(_ found: LogicalVolume, _ mark: SnapshotMark) -> Bool {
    found.tags.contains(mark.lvmTag) && found.originUUID == mark.volume.lvm.uuid
      && found.isThickSnapshot == (mark.volume.mechanism == .lvm)
  }

  func verify() throws {
    let volumes: [LogicalVolume]
    do {
      volumes = try LogicalVolume.asked(tool.tools)
    } catch {
      throw SnapshotLost(volume: members[0].mark.volume.directory, finding: explanation(of: error))
    }
    for member in members { try verify(member, volumes) }
  }

  private func verify(_ member: Member, _ volumes: [LogicalVolume]) throws {
    func lost(_ finding: String) -> SnapshotLost {
      SnapshotLost(volume: member.mark.volume.directory, finding: finding)
    }
    guard let found = volumes.first(where: { $0.uuid == member.mark.identity }) else {
      throw lost("it was removed")
    }
    guard isAsTaken(found, member.mark) else { throw lost("it is no longer what was taken") }
    if found.isThickSnapshot {
      guard !found.isInvalid, let percent = found.dataPercent, percent < 100 else {
        throw lost("more was written meanwhile than there was room for (\(room(of: found)))")
      }
    } else {
      let pool = volumes.first { $0.group == found.group && $0.name == found.pool }
      guard let pool, !pool.isOutOfService, !pool.needsCheck else {
        throw lost("its thin pool ran out of space or failed")
      }
    }
    guard let top = member.top,
      let now = try? fileMetadata(in: top.raw, subject: member.mark.volume.directory),
      now == member.sentinel
    else { throw lost("it can't be read any more") }
  }

  private func room(of found: LogicalVolume) -> String {
    let hint = (watch?.failure).map { "; it could not be extended: \($0)" } ?? ""
    return mebibytes(found.sizeBytes) + hint
  }

  func discard() throws {
    watch?.end()
    watch = nil
    var failure: (any Error)?
    for index in members.indices.reversed() {
      members[index].source = nil
      // Others may still own it, and it is busy while it is mounted.
      try? members[index].top?.letGo()
      members[index].top = nil
      guard members[index].isTaken else { continue }
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
