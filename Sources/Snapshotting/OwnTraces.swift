package import Machine

/// A directory, whatever path it is seen at.
package struct DirectoryKey: Hashable, Sendable {
  /// `st_dev`.
  package var device: UInt64
  package var inode: UInt64

  package init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }

  /// The key of the directory that `metadata` describes.
  package init(_ metadata: FileMetadata) {
    device = metadata.device
    inode = metadata.inode
  }
}

/// The ctime a directory had before we made or removed an entry of our own in it.
package struct TimeCorrection: Hashable, Sendable {
  /// The mtime, which we have set back already; the correction applies only while it is this.
  package var modified: FileTime
  /// The ctime from us; the correction applies only while it is this.
  package var changedByUs: FileTime
  package var changed: FileTime

  package init(modified: FileTime, changedByUs: FileTime, changed: FileTime) {
    self.modified = modified
    self.changedByUs = changedByUs
    self.changed = changed
  }
}

/// What we changed ourselves in directories that a backup may read.
///
/// A backup must show them as they would be without us: with their own times and inodes, and
/// without the entry that holds volume snapshots.
package struct OwnTraces: Hashable, Sendable {
  private var corrections: [DirectoryKey: TimeCorrection] = [:]
  private var hidden: [DirectoryKey: FileName] = [:]
  private var inodes: [DirectoryKey: UInt64] = [:]

  package init() {}

  package var isEmpty: Bool { corrections.isEmpty && hidden.isEmpty && inodes.isEmpty }

  package mutating func correct(_ directory: DirectoryKey, with correction: TimeCorrection) {
    corrections[directory] = correction
  }

  /// Has `directory`, which has another inode in a volume snapshot, seen with its own.
  package mutating func correct(_ directory: DirectoryKey, toInode inode: UInt64) {
    inodes[directory] = inode
  }

  package mutating func hide(_ name: FileName, in directory: DirectoryKey) {
    hidden[directory] = name
  }

  package mutating func add(_ other: OwnTraces) {
    corrections.merge(other.corrections) { _, new in new }
    hidden.merge(other.hidden) { _, new in new }
    inodes.merge(other.inodes) { _, new in new }
  }

  /// `metadata` with the times and the inode that the directory would have without us.
  package func corrected(_ metadata: FileMetadata) -> FileMetadata {
    let key = DirectoryKey(metadata)
    var metadata = metadata
    if let correction = corrections[key], correction.modified == metadata.modified,
      correction.changedByUs == metadata.changed
    {
      metadata.changed = correction.changed
    }
    if let inode = inodes[key] { metadata.inode = inode }
    return metadata
  }

  /// What concerns `directory`, for when it is seen as `copy` too.
  package mutating func copy(from directory: DirectoryKey, to copy: DirectoryKey) {
    corrections[copy] = corrections[directory]
    hidden[copy] = hidden[directory]
    inodes[copy] = inodes[directory]
  }

  /// The entry of the directory that must not be seen, if it has one.
  package func hiddenEntry(of directory: FileMetadata) -> FileName? {
    hidden.isEmpty ? nil : hidden[DirectoryKey(directory)]
  }
}
