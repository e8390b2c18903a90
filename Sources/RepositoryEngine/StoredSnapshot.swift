package import RepositoryFormat

/// A snapshot as the repository holds it.
package struct StoredSnapshot: Hashable, Sendable {
  package var id: SnapshotID
  package var file: SnapshotFile

  package init(id: SnapshotID, file: SnapshotFile) {
    self.id = id
    self.file = file
  }
}

/// Which snapshots are meant; empty lists mean all.
package struct SnapshotFilter: Hashable, Sendable {
  /// One of these must be the host.
  package var hosts: [String]
  /// The snapshot must have all tags of one of these lists; an empty tag means one without tags.
  package var tags: [[String]]
  /// All of these must be among its paths.
  package var paths: [[UInt8]]

  package init(hosts: [String] = [], tags: [[String]] = [], paths: [[UInt8]] = []) {
    self.hosts = hosts
    self.tags = tags
    self.paths = paths
  }

  /// Whether `snapshot` is meant.
  package func matches(_ snapshot: SnapshotFile) -> Bool {
    let hasHost = hosts.isEmpty || hosts.contains(snapshot.hostname)
    let hasTags = tags.isEmpty || tags.contains { snapshot.hasTags($0) }
    return hasHost && hasTags && paths.allSatisfy(snapshot.paths.contains)
  }
}

extension SnapshotFile {
  /// Whether it has all of them; one without tags has those up to and with an empty one.
  fileprivate func hasTags(_ wanted: [String]) -> Bool {
    for tag in wanted {
      if tag.isEmpty && tags.isEmpty { return true }
      if !tags.contains(tag) { return false }
    }
    return true
  }
}
