import CLinux

/// File systems as far as it is known what can be believed of them.
///
/// What is promised here was measured; overlays, network file systems and those in user space are
/// ``other``.
package enum FileSystemKind: Hashable, Sendable {
  case btrfs
  /// ext2, ext3 or ext4.
  case ext
  case tmpfs
  case xfs
  case other

  /// Asks which one `descriptor` is on.
  ///
  /// The corresponding C function is `fstatfs`.
  package init(of descriptor: CInt) {
    self =
      switch clinux_filesystem_type(descriptor) {
      case CLINUX_BTRFS_MAGIC: .btrfs
      case CLINUX_EXT_MAGIC: .ext
      case CLINUX_TMPFS_MAGIC: .tmpfs
      case CLINUX_XFS_MAGIC: .xfs
      default: .other
      }
  }

  /// Asks which one the directory at `path` is on; ``other`` when there is none.
  package init(at path: FilePath) {
    if let directory = try? openDirectory(path) {
      self.init(of: directory.raw)
    } else {
      self = .other
    }
  }

  /// Whether a clone of a file is its content at one moment between two writes.
  package var clonesAtomically: Bool { self == .btrfs || self == .xfs }

  /// Whether a read lease is only granted, and stays, while nobody can write.
  ///
  /// An overlay grants one while a mapping is written to.
  package var hasSoundLeases: Bool { self != .other }

  /// Whether a change shows in a file's times once what is in memory was written out.
  ///
  /// On tmpfs a store to a mapped page never does.
  package var showsChangesInTimes: Bool { self == .btrfs || self == .ext || self == .xfs }
}
