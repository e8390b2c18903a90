/// A moment as a tree node stores it: with the zone of the machine that wrote it.
package struct NodeTime: Hashable, Sendable {
  /// Seconds since 1970-01-01T00:00:00Z; negative before.
  package var seconds: Int64
  /// 0 to 999,999,999.
  package var nanoseconds: UInt32
  /// Seconds east of UTC that the writer's zone had at this moment.
  package var utcOffset: Int32

  package init(seconds: Int64, nanoseconds: UInt32, utcOffset: Int32 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
    self.utcOffset = utcOffset
  }

  /// What Go takes for no time: the beginning of the year 1.
  package static let never = NodeTime(seconds: -62_135_596_800, nanoseconds: 0)

  /// Whether both are the same moment, whatever their zones.
  package func isSameMoment(as other: NodeTime) -> Bool {
    seconds == other.seconds && nanoseconds == other.nanoseconds
  }
}

/// What a tree node stands for; the raw value is what is stored.
package enum NodeType: String, Hashable, Sendable {
  case file, dir, symlink, dev, chardev, fifo, socket, irregular
}

/// One extended attribute.
package struct NodeAttribute: Hashable, Sendable {
  package var name: [UInt8]
  package var value: [UInt8]

  package init(name: [UInt8], value: [UInt8]) {
    self.name = name
    self.value = value
  }
}

/// One entry of a tree: a file, a directory or anything else with a name.
///
/// Source: restic's `internal/data/node.go`; the bytes are described in
/// Documentation/repository-format.md.
package struct Node: Hashable, Sendable {
  /// The bytes of the name, unquoted.
  package var name: [UInt8]
  package var type: NodeType
  /// Go's `os.FileMode`, see ``goFileMode(fromMode:)``.
  package var mode: UInt32 = 0
  package var modified = NodeTime(seconds: 0, nanoseconds: 0)
  package var accessed = NodeTime(seconds: 0, nanoseconds: 0)
  package var changed = NodeTime(seconds: 0, nanoseconds: 0)
  package var userID: UInt32 = 0
  package var groupID: UInt32 = 0
  /// Empty when the name of the owner isn't known.
  package var user: [UInt8] = []
  package var group: [UInt8] = []
  package var inode: UInt64 = 0
  package var deviceID: UInt64 = 0
  /// Of files, in bytes: what was read.
  package var size: UInt64 = 0
  /// Of files, symlinks and devices.
  package var links: UInt64 = 0
  /// Of symlinks; any bytes.
  package var linkTarget: [UInt8] = []
  package var attributes: [NodeAttribute] = []
  /// `generic_attributes` as it was stored (compact JSON object), of Windows; empty elsewhere.
  package var genericAttributes: [UInt8] = []
  /// `st_rdev` of devices.
  package var device: UInt64 = 0
  /// Of files: the data blobs in order; nil of everything else.
  package var content: [BlobID]?
  /// Of directories.
  package var subtree: BlobID?

  package init(name: [UInt8], type: NodeType) {
    self.name = name
    self.type = type
  }
}
