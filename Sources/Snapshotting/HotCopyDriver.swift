import Machine
package import Planning

/// How much is copied of what is being written, where there are no volume snapshots.
package struct HotCopyOptions: Hashable, Sendable {
  /// `--hot-copy-max`: bytes of all copies together; clones don't count.
  package var sizeMax: UInt64 = 64 << 20
  /// How long copying may take; what isn't done by then is left out and named.
  package var lengthMax: Duration = .seconds(1)

  package init() {}
}

/// Makes file systems without volume snapshots an instant: what is being written is cloned or
/// copied while writers are held.
///
/// The copies have no names, so nothing is left of them, whatever ends us.
package final class HotCopyDriver: SnapshotDriver {
  private let options: HotCopyOptions

  package init(_ options: HotCopyOptions = HotCopyOptions()) { self.options = options }

  package var mechanisms: Set<Mechanism> { [.clone, .live] }

  package func marks(for volumes: [Volume], run: RunID) -> [SnapshotMark] {
    volumes.filter { !$0.mechanism.hasVolumeSnapshots }.map {
      SnapshotMark(volume: $0, run: run, name: FileName(""))
    }
  }

  package func prepare(_ marks: [SnapshotMark]) throws -> any SnapshotSet {
    // Each copy is open until it is read, and so is its original; half is left for others.
    let countMax = raiseDescriptorLimit(to: 1 << 14) / 4 / max(1, marks.count)
    do {
      return HotCopySet(
        try marks.map { try HotCopyMember($0, countMax: countMax) },
        try ProcessTable(),
        options
      )
    } catch let error as SystemCallError {
      throw SnapshotError(attempt: "prepare to copy files", subject: error.subject, cause: error)
    }
  }

  package func release(_ mark: SnapshotMark) -> ReleaseOutcome { .absent }
}
