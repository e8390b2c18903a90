package import Machine
package import Planning
import Synchronization

/// Freezes btrfs subvolumes, by ioctls alone.
///
/// As root, volume snapshots are made in `.stillpoint` in the top level of the file system, which
/// is mounted where nobody sees it. Where that isn't allowed they are made in `.stillpoint` in
/// the subvolume itself.
package final class BtrfsDriver: SnapshotDriver {
  let state: FilePath
  private let count = Atomic(0)

  /// Makes a driver that keeps its notes in the folder `state`, where the journal is too.
  package init(state: FilePath) { self.state = state }

  package var mechanisms: Set<Mechanism> { [.btrfs] }

  package func marks(for volumes: [Volume], run: RunID) -> [SnapshotMark] {
    volumes.filter { $0.mechanism == .btrfs }.map { volume in
      let number = count.add(1, ordering: .relaxed).oldValue
      return SnapshotMark(volume: volume, run: run, name: FileName("\(run.digits)-\(number)"))
    }
  }

  package func prepare(_ marks: [SnapshotMark]) throws -> any SnapshotSet {
    var folders: [VolumeKey: SnapshotFolder] = [:]
    let members = try marks.map { mark -> BtrfsSnapshotSet.Member in
      do {
        return try member(for: mark, &folders)
      } catch {
        throw SnapshotError(
          attempt: "prepare a volume snapshot",
          subject: mark.volume.directory,
          cause: error
        )
      }
    }
    return BtrfsSnapshotSet(members: members, folders: Array(folders.values), state: state)
  }

  private func member(
    for mark: SnapshotMark,
    _ folders: inout [VolumeKey: SnapshotFolder]
  ) throws -> BtrfsSnapshotSet.Member {
    let volume = mark.volume
    if volume.isReadOnly { return try steadyMember(for: mark) }
    do {
      let source = try mountPrivately(volume.btrfs.number, of: volume, readOnly: true)
      let previous = try? Btrfs.lastSnapshot(
        of: volume.btrfs.number,
        by: source.raw,
        subject: volume.directory
      )
      let topLevel = BtrfsSubvolume.topLevelID
      let key = VolumeKey.btrfs(volume.btrfs.fileSystem, topLevel)
      if let folder = folders[key] {
        return BtrfsSnapshotSet.Member(
          mark: mark,
          source: source,
          folder: folder,
          previous: previous
        )
      }
      let top = try mountPrivately(topLevel, of: volume, readOnly: false)
      let folder = try folder(in: top, topLevel, volume)
      folders[key] = folder
      return BtrfsSnapshotSet.Member(
        mark: mark,
        source: source,
        folder: folder,
        previous: previous
      )
    } catch let error as SystemCallError where volume.isWhole && error.isDenied {
      let source = SharedDescriptor(try openDirectory(exactly: volume.directory))
      try check(source.raw, is: volume.btrfs.number, of: volume)
      let folder = try folder(in: source, volume.btrfs.number, volume)
      folders[volume.key] = folder
      return BtrfsSnapshotSet.Member(mark: mark, source: source, folder: folder)
    }
  }

  /// A read-only subvolume is read as it is; that it stays so is checked as for the others.
  private func steadyMember(for mark: SnapshotMark) throws -> BtrfsSnapshotSet.Member {
    let volume = mark.volume
    let top: SharedDescriptor
    do {
      top = try mountPrivately(volume.btrfs.number, of: volume, readOnly: true)
    } catch let error as SystemCallError where volume.isWhole && error.isDenied {
      top = SharedDescriptor(try openDirectory(exactly: volume.directory))
      try check(top.raw, is: volume.btrfs.number, of: volume)
    }
    let found = try Btrfs.subvolume(of: top.raw, subject: volume.directory)
    guard found.isReadOnly else { throw OtherVolume(path: volume.directory) }
    return BtrfsSnapshotSet.Member(mark: mark, source: top, folder: nil, found: found)
  }

  private func folder(
    in holder: SharedDescriptor,
    _ subvolume: UInt64,
    _ volume: Volume
  ) throws -> SnapshotFolder {
    try SnapshotFolder(
      in: holder,
      of: volume.btrfs.fileSystem,
      subvolume,
      path: volume.directory,
      state: state
    )
  }

  package func release(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    do {
      return try released(mark)
    } catch {
      throw SnapshotError(
        attempt: "remove the volume snapshot \(mark.name.text)",
        subject: mark.volume.directory,
        cause: error
      )
    }
  }

  private func released(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    var volume = mark.volume
    let mounts = try mountsOf(volume.btrfs.fileSystem)
    guard let mount = mounts.first else {
      throw NotMounted(fileSystem: volume.btrfs.fileSystem)
    }
    volume.device = mount.source
    var outcome = ReleaseOutcome.absent
    let topLevel = BtrfsSubvolume.topLevelID
    if let holder = try? mountPrivately(topLevel, of: volume, readOnly: false) {
      outcome = try removeFromFolder(in: holder, topLevel, path: mount.mountPoint, mark)
    }
    if outcome == .absent, volume.isWhole, let holder = topInPlace(of: volume) {
      outcome = try removeFromFolder(in: holder, volume.btrfs.number, path: volume.directory, mark)
    }
    return outcome
  }

  private func removeFromFolder(
    in holder: SharedDescriptor,
    _ subvolume: UInt64,
    path: FilePath,
    _ mark: SnapshotMark
  ) throws -> ReleaseOutcome {
    // Without the directory there is nothing to remove, and it isn't made for that.
    guard try SnapshotFolder.exists(in: holder.raw, path) else { return .absent }
    let fileSystem = mark.volume.btrfs.fileSystem
    let folder = try SnapshotFolder(in: holder, of: fileSystem, subvolume, path: path, state: state)
    defer { folder.close() }
    return try folder.remove(mark)
  }

  /// The volume's top where it was mounted, if it still is.
  private func topInPlace(of volume: Volume) -> SharedDescriptor? {
    guard let directory = try? openDirectory(exactly: volume.directory) else { return nil }
    let top = SharedDescriptor(directory)
    return (try? check(top.raw, is: volume.btrfs.number, of: volume)) == nil ? nil : top
  }

  /// The mounts of a file system that can be reached, wherever they are.
  private func mountsOf(_ fileSystem: VolumeID) throws(SystemCallError) -> [Mount] {
    try MountTable.current().visible().filter { mount in
      guard mount.type == "btrfs", let directory = try? openDirectory(exactly: mount.mountPoint)
      else { return false }
      return (try? Btrfs.fileSystem(of: directory.raw, subject: mount.mountPoint)) == fileSystem
    }
  }
}

/// The file system of a volume snapshot can't be found.
package struct NotMounted: Error, Hashable, CustomStringConvertible {
  package var fileSystem: VolumeID
  package var description: String { "the file system \(fileSystem) isn't mounted" }
}

/// Something else than the volume was found in its place.
package struct OtherVolume: Error, Hashable, CustomStringConvertible {
  package var path: FilePath
  package var description: String { "another volume than planned is mounted at \(path)" }
}

/// Mounts a subvolume where nobody sees it, and makes sure that it is that one.
///
/// - Throws: ``SystemCallError``, or ``OtherVolume``.
func mountPrivately(_ subvolume: UInt64, of volume: Volume, readOnly: Bool) throws
  -> SharedDescriptor
{
  var devices = [volume.device]
  if let directory = try? openDirectory(exactly: volume.directory) {
    devices += Btrfs.devices(of: directory.raw).filter { $0 != volume.device }
  }
  var failure: (any Error)?
  for device in devices {
    do {
      let mount = SharedDescriptor(
        try PrivateMount.make(
          type: "btrfs",
          device: device,
          options: ["subvolid": "\(subvolume)"],
          isReadOnly: readOnly
        )
      )
      try check(mount.raw, is: subvolume, of: volume)
      return mount
    } catch {
      failure = failure ?? error
    }
  }
  throw failure ?? OtherVolume(path: volume.directory)
}

/// Makes sure that `top` is the top of a subvolume of the volume's file system.
private func check(_ top: CInt, is subvolume: UInt64, of volume: Volume) throws {
  let path = volume.directory
  guard try Btrfs.fileSystem(of: top, subject: path) == volume.btrfs.fileSystem,
    try Btrfs.subvolume(of: top, subject: path).id == subvolume,
    try fileMetadata(in: top, subject: path).inode == BtrfsSubvolume.topInode
  else { throw OtherVolume(path: path) }
}

extension SystemCallError {
  /// Whether the kernel doesn't let us, or there is no such device here, as in a container.
  var isDenied: Bool {
    [.notPermitted, .permissionDenied, .noSuchFileOrDirectory, .noFunction].contains(errno)
  }
}
