package import Machine
import RepositoryFormat

/// What an archive may take over from the parent snapshot because the file system says that
/// nothing in it changed: so that a backup costs what changed, not what is there.
///
/// Taken over is only what is found in the parent under the same name with the same inode on the
/// same volume; the result is the same as without it, byte for byte.
package struct Shortcut: Sendable {
  package enum Purpose: Hashable, Sendable {
    /// What is taken over isn't looked at.
    case quick
    /// Everything is read as without it, and what would have been wrong is named.
    case comparing
  }

  package var purpose: Purpose
  /// What may differ from the parent in each piece of the view of which that is known, by the
  /// piece's path.
  package var changes: [FilePath: BtrfsChanges]
  /// Where pieces stood in the parent that are none now, and everything above: entered in any
  /// case, since the file system doesn't know what was mounted.
  package var formerPieces: Set<FilePath> = []
  /// What is in the parent.
  package var parentTotals: TreeTotals

  package init(
    _ purpose: Purpose,
    changes: [FilePath: BtrfsChanges],
    parentTotals: TreeTotals
  ) {
    self.purpose = purpose
    self.changes = changes
    self.parentTotals = parentTotals
  }
}

/// What is in a tree, the trees below it included.
package struct TreeTotals: Hashable, Sendable {
  package var files: UInt64
  /// Without the top itself.
  package var directories: UInt64
  /// Of all files.
  package var bytes: UInt64

  package init(files: UInt64 = 0, directories: UInt64 = 0, bytes: UInt64 = 0) {
    self.files = files
    self.directories = directories
    self.bytes = bytes
  }

  /// Takes away what is right in one tree.
  ///
  /// - Throws: ``ShortcutFailed`` when there isn't as much.
  mutating func subtract(_ nodes: [Node]) throws {
    for node in nodes {
      switch node.type {
      case .file:
        try Self.subtract(1, from: &files)
        try Self.subtract(node.size, from: &bytes)
      case .dir: try Self.subtract(1, from: &directories)
      default: break
      }
    }
  }

  private static func subtract(_ part: UInt64, from total: inout UInt64) throws {
    guard part <= total else { throw ShortcutFailed() }
    total -= part
  }
}

/// The parent isn't what its snapshot says, or can't be read: everything has to be.
struct ShortcutFailed: Error, Hashable {}

/// Something that wasn't written since the parent, as far as the file system says.
struct UnwrittenEntry {
  /// Its place among its directory's names.
  let slot: Int
  /// A zero follows.
  let name: UnsafeRawBufferPointer
  let inode: UInt64
  /// What is stored instead of `st_dev`.
  let deviceID: UInt64
  /// The type bits of `st_mode`.
  let type: UInt32
  /// Of directories, which are looked at in any case.
  let metadata: FileMetadata?

  /// Whether the parent's node is of the same thing.
  func isSame(as former: Node) -> Bool {
    guard former.inode == inode, former.deviceID == deviceID,
      former.type == nodeType(fromMode: type)
    else { return false }
    return metadata.map { former.agrees(with: $0) } ?? (former.type != .dir)
  }
}

extension Node {
  /// Whether it says of a file what the file system says.
  func agrees(with metadata: FileMetadata) -> Bool {
    guard mode == goFileMode(fromMode: metadata.mode), userID == metadata.userID,
      groupID == metadata.groupID, inode == metadata.inode, metadata.modified == modified,
      metadata.changed == changed
    else { return false }
    switch type {
    case .file: return links == UInt64(metadata.links) && size == metadata.size
    case .symlink, .dev, .chardev: return links == UInt64(metadata.links)
    default: return true
    }
  }
}
