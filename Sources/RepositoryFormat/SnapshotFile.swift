/// What a snapshot file says: a tree, where it was taken, and when.
package struct SnapshotFile: Hashable, Sendable {
  /// The instant the snapshot describes, in the writer's zone.
  package var time: NodeTime
  /// The snapshot that changes were found against.
  package var parent: SnapshotID?
  package var tree: BlobID
  /// Absolute paths, as bytes, in the order given.
  package var paths: [[UInt8]]
  package var hostname = ""
  package var username = ""
  package var userID: UInt32 = 0
  package var groupID: UInt32 = 0
  package var excludes: [String] = []
  package var tags: [String] = []
  /// The first version of a snapshot that was changed.
  package var original: SnapshotID?
  package var programVersion = ""
  package var summary: SnapshotSummary?
  /// How still the backup was; our own.
  package var stillpoint: StillpointRecord?
  /// Members that we don't know, kept as they were.
  package var unknown: [JSONMember] = []

  package init(time: NodeTime, tree: BlobID, paths: [[UInt8]]) {
    self.time = time
    self.tree = tree
    self.paths = paths
  }

  /// Reads a snapshot.
  ///
  /// - Throws: ``FormatError`` when it is none.
  package init(parsing json: [UInt8]) throws(FormatError) {
    throw FormatError("snapshot", "comes next")
  }

  /// Returns the JSON, with restic's keys first and in restic's order.
  package func encoded() -> [UInt8] { [] }
}

/// One member of a JSON object, as it was stored.
package struct JSONMember: Hashable, Sendable {
  package var name: String
  /// Any JSON value.
  package var value: [UInt8]

  package init(name: String, value: [UInt8]) {
    self.name = name
    self.value = value
  }
}
