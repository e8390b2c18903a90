import Machine
import Planning

/// Volume snapshots of directories of a CephFS.
final class CephFSSnapshotSet: SnapshotSet {
  /// One directory.
  struct Member {
    var mark: SnapshotMark
    /// The directory as it is.
    let source: SharedDescriptor
    /// Whether it may be there.
    var isTaken = false
    var top: SharedDescriptor?
    /// What the top was like when it was opened.
    var sentinel: FileMetadata?

    init(mark: SnapshotMark, source: SharedDescriptor) {
      self.mark = mark
      self.source = source
    }
  }

  private var members: [Member]
  private let folder: any CephFSFolder
  let traces = OwnTraces()

  init(members: [Member], folder: any CephFSFolder) {
    self.members = members
    self.folder = folder
  }

  deinit { try? discard() }

  func flush() throws {
    for member in members {
      try attempting("write out", member.mark) {
        try flushFileSystem(of: member.source.raw, subject: member.mark.volume.directory)
      }
    }
  }

  func take() throws {
    // What isn't written out yet is not in a volume snapshot.
    try flush()
    for index in members.indices {
      let mark = members[index].mark
      members[index].isTaken = true
      try attempting("take a volume snapshot", mark) {
        try folder.make(mark.name, of: members[index].source.raw, subject: mark.volume.directory)
      }
    }
  }

  func identify() throws -> [VolumeSnapshot] {
    for index in members.indices {
      let mark = members[index].mark
      try attempting("identify the volume snapshot", mark) {
        let top = try open(members[index])
        members[index].mark.identity = try birth(of: top, mark)
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
      let named: SharedDescriptor
      do {
        named = try open(member)
      } catch {
        throw SnapshotLost(volume: path, finding: "it was removed")
      }
      guard try birth(of: named, member.mark) == member.mark.identity else {
        throw SnapshotLost(volume: path, finding: "something else has its name")
      }
      guard let top = member.top, let now = try? fileMetadata(in: top.raw, subject: path),
        now == member.sentinel
      else { throw SnapshotLost(volume: path, finding: "it can't be read any more") }
    }
  }

  func discard() throws {
    var failure: (any Error)?
    for index in members.indices.reversed() {
      members[index].top = nil
      guard members[index].isTaken else { continue }
      let mark = members[index].mark
      do {
        try attempting("remove the volume snapshot", mark) {
          _ = try folder.release(mark, in: members[index].source.raw)
        }
        members[index].isTaken = false
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  private func open(_ member: Member) throws -> SharedDescriptor {
    guard let top = try folder.open(member.mark, in: member.source.raw) else {
      throw SnapshotLost(volume: member.mark.volume.directory, finding: "it is gone")
    }
    return SharedDescriptor(top)
  }

  private func birth(of top: SharedDescriptor, _ mark: SnapshotMark) throws -> String {
    let path = mark.volume.directory
    guard let birth = try folder.birth(of: top.raw, subject: path) else {
      throw SnapshotLost(volume: path, finding: "it is no volume snapshot of CephFS")
    }
    return birth
  }
}
