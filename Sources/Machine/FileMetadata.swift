import CLinux

/// A moment as the file system stores it.
package struct FileTime: Hashable, Comparable, Sendable {
  /// Seconds since 1970-01-01T00:00:00Z; negative before.
  package var seconds: Int64
  /// 0 to 999,999,999, added to `seconds`.
  package var nanoseconds: UInt32

  package init(seconds: Int64, nanoseconds: UInt32) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  package static func < (left: FileTime, right: FileTime) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}

/// What a file is, by the type bits of its mode.
package enum FileType: Hashable, Sendable {
  case regular, directory, symbolicLink, blockDevice, characterDevice, fifo, socket, unknown
}

/// What the file system says of a file: one `statx`.
package struct FileMetadata: Hashable, Sendable {
  /// Type and permission bits as `st_mode` has them.
  package var mode: UInt32
  package var userID: UInt32
  package var groupID: UInt32
  package var links: UInt32
  package var inode: UInt64
  /// In bytes.
  package var size: UInt64
  /// In units of 512 bytes.
  package var blocks: UInt64
  /// `st_dev`.
  package var device: UInt64
  /// `st_rdev`, of device nodes.
  package var specialDevice: UInt64
  package var modified: FileTime
  package var accessed: FileTime
  package var changed: FileTime
  /// The mount this was seen through, as in `/proc/self/mountinfo`.
  package var mountID: UInt64

  package var type: FileType {
    switch mode & 0o170000 {
    case 0o100000: .regular
    case 0o040000: .directory
    case 0o120000: .symbolicLink
    case 0o060000: .blockDevice
    case 0o020000: .characterDevice
    case 0o010000: .fifo
    case 0o140000: .socket
    default: .unknown
    }
  }

  init(_ raw: clinux_metadata) {
    mode = raw.mode
    userID = raw.uid
    groupID = raw.gid
    links = raw.links
    inode = raw.inode
    size = raw.size
    blocks = raw.blocks
    device = raw.device
    specialDevice = raw.special_device
    modified = FileTime(seconds: raw.mtime_seconds, nanoseconds: raw.mtime_nanoseconds)
    accessed = FileTime(seconds: raw.atime_seconds, nanoseconds: raw.atime_nanoseconds)
    changed = FileTime(seconds: raw.ctime_seconds, nanoseconds: raw.ctime_nanoseconds)
    mountID = raw.mount_id
  }
}
