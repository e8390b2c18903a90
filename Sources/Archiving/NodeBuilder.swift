import Machine
import RepositoryFormat

/// Where the calls about a file find it: below an open directory, or an open descriptor itself.
struct FilePlace {
  let directory: CInt
  /// Ends with zero; nil for `directory` itself.
  let name: UnsafePointer<CChar>?
}

/// Makes tree nodes of what the file system says; one for each thread.
final class NodeBuilder {
  private let owners: OwnerNames
  private let offsets = LocalTimeOffsets()
  private let storesAccessTime: Bool

  init(owners: OwnerNames, storesAccessTime: Bool) {
    self.owners = owners
    self.storesAccessTime = storesAccessTime
  }

  /// Makes the node of anything but what its type adds: content, subtree and link target.
  ///
  /// Source: restic's `internal/fs/node.go`.
  func node(
    named name: [UInt8],
    _ metadata: FileMetadata,
    deviceID: UInt64,
    attributes: [ExtendedAttribute]
  ) -> Node {
    var node = Node(name: name, type: nodeType(fromMode: metadata.mode))
    node.mode = goFileMode(fromMode: metadata.mode)
    node.modified = time(metadata.modified)
    node.accessed = storesAccessTime ? time(metadata.accessed) : node.modified
    node.changed = time(metadata.changed)
    node.userID = metadata.userID
    node.groupID = metadata.groupID
    node.user = owners.user(metadata.userID)
    node.group = owners.group(metadata.groupID)
    node.inode = metadata.inode
    node.deviceID = deviceID
    switch node.type {
    case .file, .symlink: node.links = UInt64(metadata.links)
    case .dev, .chardev:
      node.links = UInt64(metadata.links)
      node.device = metadata.specialDevice
    default: break
    }
    node.attributes = attributes.map { NodeAttribute(name: $0.name, value: $0.value) }
    return node
  }

  private func time(_ time: FileTime) -> NodeTime {
    NodeTime(
      seconds: time.seconds,
      nanoseconds: time.nanoseconds,
      utcOffset: offsets.offset(at: time.seconds)
    )
  }
}

extension Node {
  /// Whether both say the same, whatever zone their times were written in: how restic tells
  /// changed from unmodified.
  func saysTheSame(as other: Node) -> Bool {
    var left = self
    var right = other
    left.modified.utcOffset = 0
    left.accessed.utcOffset = 0
    left.changed.utcOffset = 0
    right.modified.utcOffset = 0
    right.accessed.utcOffset = 0
    right.changed.utcOffset = 0
    return left == right
  }
}
