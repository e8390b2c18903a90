import Machine
import Planning

/// Volume snapshots of APFS, all taken by one command.
final class APFSSnapshotSet: SnapshotSet {
  /// One volume.
  struct Member {
    var mark: SnapshotMark
    /// The uuids of the volume snapshots that there were before.
    let former: Set<String>
    var top: SharedDescriptor?
    /// What the top was like when it was mounted.
    var sentinel: FileMetadata?

    init(mark: SnapshotMark, former: Set<String>) {
      self.mark = mark
      self.former = former
    }
  }

  private var members: [Member]
  private let tool: APFSTool
  /// What each is called, once they are taken.
  private var name: String?
  let traces = OwnTraces()

  init(members: [Member], tool: APFSTool) {
    self.members = members
    self.tool = tool
  }

  deinit { try? discard() }

  func flush() throws {
    for member in members {
      let path = member.mark.volume.directory
      try attempting("write out", member.mark) {
        let directory = try openDirectory(exactly: path)
        try flushFileSystem(of: directory.raw, subject: path)
      }
    }
  }

  func take() throws {
    guard let first = members.first else { return }
    name = try attempting("take a volume snapshot", first.mark) { try tool.take() }
  }

  func identify() throws -> [VolumeSnapshot] {
    for index in members.indices {
      let mark = members[index].mark
      try attempting("identify the volume snapshot", mark) {
        // Another program may have taken one in the same second.
        let new = try tool.list(mark)
          .filter { $0.name == name && !members[index].former.contains($0.uuid) }
        guard new.count == 1 else {
          throw SnapshotLost(volume: mark.volume.directory, finding: "\(new.count) have its name")
        }
        members[index].mark.identity = new[0].uuid
      }
    }
    for index in members.indices {
      let mark = members[index].mark
      try attempting("mount the volume snapshot", mark) {
        let top = try tool.mount(name ?? "", mark)
        members[index].sentinel = try fileMetadata(in: top.raw, subject: mark.volume.directory)
        members[index].top = top
      }
    }
    return members.compactMap { member in
      member.top.map { VolumeSnapshot(mark: member.mark, top: $0) }
    }
  }

  func verify() throws {
    for member in members {
      let path = member.mark.volume.directory
      let found = try attempting("look for the volume snapshot", member.mark) {
        try tool.list(member.mark)
      }
      // Time Machine thins out what it regards as its own.
      guard found.contains(where: { $0.uuid == member.mark.identity }) else {
        throw SnapshotLost(volume: path, finding: "it was deleted")
      }
      guard let top = member.top, let now = try? fileMetadata(in: top.raw, subject: path),
        now == member.sentinel
      else { throw SnapshotLost(volume: path, finding: "it can't be read any more") }
    }
  }

  func discard() throws {
    var failure: (any Error)?
    for index in members.indices.reversed() {
      // Others may still own it, and it is busy while it is open.
      try? members[index].top?.letGo()
      members[index].top = nil
      do {
        try attempting("remove the volume snapshot", members[index].mark) {
          _ = try tool.release(members[index].mark)
        }
        members[index].mark.identity = nil
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }
}
