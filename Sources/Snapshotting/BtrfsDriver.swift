package import Machine
package import Planning

/// Freezes btrfs subvolumes, by ioctls alone.
package struct BtrfsDriver: SnapshotDriver {
  private let state: FilePath

  /// Makes a driver that keeps its notes in the folder `state`, where the journal is too.
  package init(state: FilePath) { self.state = state }

  package func marks(for volumes: [Volume], run: RunID) -> [SnapshotMark] { [] }

  package func prepare(_ marks: [SnapshotMark]) throws -> any SnapshotSet {
    throw SnapshotError(attempt: "prepare a volume snapshot", subject: state)
  }

  package func release(_ mark: SnapshotMark) throws -> ReleaseOutcome { .absent }
}
