import CLinux

/// What btrfs says of the subvolume that a descriptor is in.
package struct BtrfsSubvolume: Hashable, Sendable {
  package var id: UInt64
  package var uuid: VolumeID
  /// Of what it is a snapshot; zero for others.
  package var parentUUID: VolumeID
  /// The transaction that last changed its tree, its own metadata included.
  package var generation: UInt64
  /// The transaction that last changed a file in it.
  package var changeTransaction: UInt64
  /// The transaction in which it was made; of a snapshot, the last that it shows.
  package var creationTransaction: UInt64
  package var isReadOnly: Bool

  package init(
    id: UInt64,
    uuid: VolumeID,
    parentUUID: VolumeID,
    generation: UInt64,
    changeTransaction: UInt64,
    creationTransaction: UInt64 = 0,
    isReadOnly: Bool
  ) {
    self.id = id
    self.uuid = uuid
    self.parentUUID = parentUUID
    self.generation = generation
    self.changeTransaction = changeTransaction
    self.creationTransaction = creationTransaction
    self.isReadOnly = isReadOnly
  }

  /// The id of the top level, in which all other subvolumes hang.
  package static let topLevelID: UInt64 = 5
  /// The inode of a subvolume's own top directory.
  package static let topInode: UInt64 = 256
}

/// A subvolume that hangs in another one.
package struct BtrfsLink: Hashable, Sendable {
  package var id: UInt64
  /// The inode of the directory it is in.
  package var directory: UInt64

  package init(id: UInt64, directory: UInt64) {
    self.id = id
    self.directory = directory
  }
}

/// What can be asked of a btrfs and done to it, by any open descriptor on it.
package enum Btrfs {
  /// The file system's own identity.
  ///
  /// See `BTRFS_IOC_FS_INFO` in `ioctl(2)` of btrfs.
  package static func fileSystem(
    of descriptor: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) -> VolumeID {
    var bytes = [UInt8](repeating: 0, count: 16)
    try kernelCall("BTRFS_IOC_FS_INFO", subject()) {
      clinux_btrfs_file_system_id(descriptor, &bytes)
    }
    return VolumeID(bytes: bytes)
  }

  /// The paths of the block devices that the file system is on, as far as they are told.
  ///
  /// See `BTRFS_IOC_DEV_INFO`.
  package static func devices(of descriptor: CInt) -> [FilePath] {
    var last: UInt64 = 0
    guard clinux_btrfs_last_device(descriptor, &last) >= 0 else { return [] }
    return (1...max(1, min(last, 1024))).compactMap { number in
      var path = [CChar](repeating: 0, count: 1024)
      guard clinux_btrfs_device_path(descriptor, number, &path) >= 0 else { return nil }
      return path.first == 0 ? nil : FilePath(platformString: path)
    }
  }

  /// The subvolume that `descriptor` is in.
  ///
  /// See `BTRFS_IOC_GET_SUBVOL_INFO`.
  package static func subvolume(
    of descriptor: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) -> BtrfsSubvolume {
    var raw = clinux_subvolume()
    try kernelCall("BTRFS_IOC_GET_SUBVOL_INFO", subject()) {
      clinux_btrfs_subvolume(descriptor, &raw)
    }
    return BtrfsSubvolume(
      id: raw.id,
      uuid: withUnsafeBytes(of: raw.uuid) { VolumeID(bytes: $0) },
      parentUUID: withUnsafeBytes(of: raw.parent_uuid) { VolumeID(bytes: $0) },
      generation: raw.generation,
      changeTransaction: raw.change_transaction,
      creationTransaction: raw.creation_transaction,
      isReadOnly: raw.flags & 1 != 0
    )
  }

  /// The subvolumes that hang directly in the one that `descriptor` is in, wherever in it.
  ///
  /// See `BTRFS_IOC_GET_SUBVOL_ROOTREF`.
  package static func links(
    of descriptor: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) -> [BtrfsLink] {
    var found: [BtrfsLink] = []
    var links = [clinux_subvolume_link](repeating: clinux_subvolume_link(), count: 255)
    var isCut: CInt = 1
    while isCut != 0 {
      let first = found.last.map { $0.id + 1 } ?? 0
      let count = try kernelCall("BTRFS_IOC_GET_SUBVOL_ROOTREF", subject()) {
        clinux_btrfs_links(descriptor, first, &links, &isCut)
      }
      found += links[..<Int(count)].map { BtrfsLink(id: $0.id, directory: $0.directory) }
      if count == 0 { break }
    }
    return found
  }

  /// The path from the directory `descriptor` to a subvolume that hangs somewhere below it.
  ///
  /// See `BTRFS_IOC_INO_LOOKUP_USER`.
  package static func path(
    from descriptor: CInt,
    to link: BtrfsLink,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) -> FilePath {
    var path = [CChar](repeating: 0, count: 4352)
    try kernelCall("BTRFS_IOC_INO_LOOKUP_USER", subject()) {
      clinux_btrfs_link_path(
        descriptor,
        clinux_subvolume_link(id: link.id, directory: link.directory),
        &path
      )
    }
    return FilePath(platformString: path)
  }

  /// The path of `inode` from the top of the subvolume with the id `tree`; needs root.
  ///
  /// See `BTRFS_IOC_INO_LOOKUP`.
  package static func path(
    of inode: UInt64,
    inSubvolume tree: UInt64,
    by descriptor: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) -> FilePath {
    var path = [CChar](repeating: 0, count: 4096)
    try kernelCall("BTRFS_IOC_INO_LOOKUP", subject()) {
      clinux_btrfs_inode_path(descriptor, tree, inode, &path)
    }
    return FilePath(platformString: path)
  }

  /// Makes a read-only snapshot of a subvolume and returns when it is complete.
  ///
  /// See `BTRFS_IOC_SNAP_CREATE_V2`.
  ///
  /// - Parameters:
  ///   - source: Open on the top of the subvolume.
  ///   - directory: Open on the directory that it is made in, of the same file system.
  ///   - name: Its name there.
  ///   - subject: The subvolume, for the error.
  /// - Throws: ``SystemCallError``; `ETXTBSY` while a file in it is in use as swap space.
  package static func snapshot(
    of source: CInt,
    in directory: CInt,
    named name: FileName,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) {
    try kernelCall("BTRFS_IOC_SNAP_CREATE_V2", subject()) {
      name.withCString { clinux_btrfs_snapshot(directory, $0, source) }
    }
  }

  /// Removes a subvolume by its id, which no other ever gets; needs root.
  ///
  /// See `BTRFS_IOC_SNAP_DESTROY_V2`.
  package static func remove(
    id: UInt64,
    by descriptor: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) {
    try kernelCall("BTRFS_IOC_SNAP_DESTROY_V2", subject()) {
      clinux_btrfs_destroy_id(descriptor, id)
    }
  }

  /// Removes the subvolume with this name in `directory`.
  ///
  /// See `BTRFS_IOC_SNAP_DESTROY`.
  package static func remove(
    named name: FileName,
    in directory: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) {
    try kernelCall("BTRFS_IOC_SNAP_DESTROY", subject()) {
      name.withCString { clinux_btrfs_destroy(directory, $0) }
    }
  }

  /// Makes what was made and removed durable, without writing out files.
  ///
  /// See `BTRFS_IOC_START_SYNC` and `BTRFS_IOC_WAIT_SYNC`.
  package static func commit(
    _ descriptor: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) {
    try kernelCall("BTRFS_IOC_WAIT_SYNC", subject()) { clinux_btrfs_commit(descriptor) }
  }

  /// Takes the read-only flag from the subvolume whose top is open as `descriptor`.
  ///
  /// See `BTRFS_IOC_SUBVOL_SETFLAGS`.
  package static func makeWritable(
    _ descriptor: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) {
    try kernelCall("BTRFS_IOC_SUBVOL_SETFLAGS", subject()) {
      clinux_btrfs_make_writable(descriptor)
    }
  }
}
