import Machine
import Planning
import Viewing

extension Walker {
  /// What may differ from the parent in a piece; nil when that isn't known, or when what is in it
  /// is left out for being on another device.
  func changes(in root: ViewRoot, allowedDevice: UInt64?) -> BtrfsChanges? {
    guard let shortcut = request.shortcut, case .frozen(let device) = root.kind else { return nil }
    if request.exclusions.staysOnFileSystem, let allowedDevice, allowedDevice != device {
      return nil
    }
    return shortcut.changes[root.path]
  }

  /// Whether anything but a directory is taken over by what the listing says, without looking at
  /// it.
  ///
  /// Directories are looked at first: the stub of a nested subvolume is listed with a number that
  /// may be an inode's.
  mutating func takesOver(
    _ name: UnsafeRawBufferPointer,
    _ slot: Int,
    in frame: WalkFrame<Visitor.Directory>
  ) throws -> Bool {
    guard let changes = frame.changes, case .frozen(let device) = frame.root.kind else {
      return false
    }
    let inode = frame.listing.inode(at: slot)
    let type = frame.listing.typeBits(at: slot)
    guard inode != 0, type != 0, !frame.listing.isKnownDirectory(at: slot),
      !changes.isWritten(inode), !isMarked(name, in: frame)
    else { return false }
    return try visitor.takeOver(
      UnwrittenEntry(
        slot: slot,
        name: name,
        inode: inode,
        deviceID: device,
        type: type,
        metadata: nil
      ),
      in: frame.directory
    )
  }

  /// Whether a directory is taken over with everything below it.
  mutating func takesOver(
    _ found: Found,
    _ metadata: FileMetadata,
    in frame: WalkFrame<Visitor.Directory>
  ) throws -> Bool {
    guard let changes = frame.changes, found.root === frame.root, !found.isRoot,
      found.originalPath == nil, found.rootsBelow.isEmpty,
      metadata.inode >= BtrfsSubvolume.topInode, !changes.reaches(metadata.inode),
      case .frozen(let device) = found.root.kind
    else { return false }
    if let former = request.shortcut?.formerPieces, !former.isEmpty, former.contains(here) {
      return false
    }
    return try visitor.takeOver(
      UnwrittenEntry(
        slot: found.slot,
        name: found.name,
        inode: metadata.inode,
        deviceID: device,
        type: metadata.mode & 0o170000,
        metadata: metadata
      ),
      in: frame.directory
    )
  }
}
