import Machine
import Planning

/// Volume snapshots of btrfs subvolumes.
final class BtrfsSnapshotSet: SnapshotSet {
  /// One volume.
  struct Member {
    var mark: SnapshotMark
    /// The top of the volume as it is.
    let source: SharedDescriptor
    /// Where it is made; nil for a read-only subvolume, of which none is needed.
    let folder: SnapshotFolder?
    var isTaken = false
    /// What was found when it had been taken; of a read-only subvolume, before.
    var found: BtrfsSubvolume?
    var top: SharedDescriptor?
    /// The transaction of the volume snapshot before, whoever made it, when that is known.
    var previous: UInt64?
    var history: SnapshotHistory?
  }

  private var members: [Member]
  private let folders: [SnapshotFolder]
  /// The folder of our state.
  private let state: FilePath
  private(set) var traces = OwnTraces()

  init(members: [Member], folders: [SnapshotFolder], state: FilePath) {
    self.state = state
    self.members = members
    self.folders = folders
    for folder in folders { traces.add(folder.traces) }
  }

  deinit { try? discard() }

  func flush() throws {
    var flushed: Set<VolumeID> = []
    for member in members where flushed.insert(member.mark.volume.btrfs.fileSystem).inserted {
      try attempting("write out", member.mark, hint: hint) {
        try flushFileSystem(of: member.source.raw, subject: member.mark.volume.directory)
      }
    }
  }

  func take() throws {
    for index in members.indices {
      let member = members[index]
      guard let folder = member.folder else { continue }
      try attempting("take a volume snapshot", member.mark, hint: hint) {
        try Btrfs.snapshot(
          of: member.source.raw,
          in: folder.directory.raw,
          named: member.mark.name,
          subject: member.mark.volume.directory
        )
      }
      members[index].isTaken = true
    }
  }

  func identify() throws -> [VolumeSnapshot] {
    for index in members.indices {
      try attempting("identify the volume snapshot", members[index].mark, hint: hint) {
        if let folder = members[index].folder {
          try identify(&members[index], in: folder)
        } else {
          members[index].top = members[index].source
          try verify(members[index])
        }
      }
    }
    return members.compactMap { member in
      member.top.map {
        VolumeSnapshot(mark: member.mark, top: $0, history: member.history)
      }
    }
  }

  private func identify(_ member: inout Member, in folder: SnapshotFolder) throws {
    let path = member.mark.volume.directory
    guard let opened = try folder.open(member.mark.name) else {
      throw SnapshotLost(volume: path, finding: "it is gone")
    }
    let found = try Btrfs.subvolume(of: opened.raw, subject: path)
    guard found.parentUUID == member.mark.volume.btrfs.uuid, found.isReadOnly else {
      throw SnapshotLost(volume: path, finding: "something else has its name")
    }
    member.found = found
    member.mark.identity = "\(found.uuid)"
    if let previous = member.previous {
      // Best effort: without a history the backup reads every directory.
      let chain = SnapshotChain(folder: state, volume: member.mark.volume)
      let transaction = found.creationTransaction
      let earlier = try? chain.add("\(found.uuid)", transaction, after: previous)
      member.history = SnapshotHistory(transaction: transaction, earlier: earlier ?? [:])
    }
    let top = readOnlyMount(of: found, opened, member.mark.volume)
    member.top = top
    if folder.key == member.mark.volume.key {
      // The directory that holds `.stillpoint` is itself in this volume snapshot.
      let copy = DirectoryKey(try fileMetadata(in: top.raw, subject: path))
      traces.copy(from: folder.holderKey, to: copy)
    }
  }

  /// A mount of its own for the volume snapshot; without root the directory as it is open.
  private func readOnlyMount(
    of found: BtrfsSubvolume,
    _ opened: consuming Descriptor,
    _ volume: Volume
  ) -> SharedDescriptor {
    // A copy of the mount comes second: before Linux 6.15 it can't be made of a private mount.
    if let mount = try? mountPrivately(found.id, of: volume, readOnly: true) { return mount }
    if let mount = try? PrivateMount.readOnlyCopy(of: opened.raw, subject: volume.directory) {
      return SharedDescriptor(mount)
    }
    return SharedDescriptor(opened)
  }

  func verify() throws {
    for member in members { try verify(member) }
  }

  private func verify(_ member: Member) throws {
    guard let found = member.found, let top = member.top else { return }
    let path = member.mark.volume.directory
    guard let held = try? Btrfs.subvolume(of: top.raw, subject: path) else {
      throw SnapshotLost(volume: path, finding: "it was deleted")
    }
    try compare(held, found, path)
    guard let folder = member.folder else { return }
    // A deleted one reads as empty without an error, so its name must lead to it too.
    guard let named = try? folder.open(member.mark.name) else {
      throw SnapshotLost(volume: path, finding: "it was deleted")
    }
    try compare(try Btrfs.subvolume(of: named.raw, subject: path), found, path)
  }

  private func compare(_ now: BtrfsSubvolume, _ then: BtrfsSubvolume, _ path: FilePath) throws {
    if now.uuid != then.uuid || now.id != then.id {
      throw SnapshotLost(volume: path, finding: "something else has its name")
    }
    // Not the generation: that also changes when a balance moves the tree on the disk.
    if !now.isReadOnly || now.changeTransaction != then.changeTransaction {
      throw SnapshotLost(volume: path, finding: "it was made writable or changed")
    }
  }

  func discard() throws {
    var failure: (any Error)?
    for index in members.indices.reversed() {
      members[index].top = nil
      guard members[index].isTaken, let folder = members[index].folder else { continue }
      do {
        try attempting("remove the volume snapshot", members[index].mark, hint: hint) {
          _ = try folder.remove(members[index].mark)
        }
        members[index].isTaken = false
      } catch {
        failure = failure ?? error
      }
    }
    for folder in folders { folder.close() }
    if let failure { throw failure }
  }
}

/// What to do about an error of btrfs.
private func hint(for error: any Error) -> String? {
  (error as? SystemCallError)?.errno == .textFileBusy
    ? "a file in it is in use as swap space; move that elsewhere" : nil
}
