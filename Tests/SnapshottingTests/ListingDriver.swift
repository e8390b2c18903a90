import Machine
import Planning
import Snapshotting
import Synchronization

/// A driver that only notes what it should release.
final class ListingDriver: SnapshotDriver {
  private let list = Mutex<[SnapshotMark]>([])

  var released: [SnapshotMark] { list.withLock { $0 } }

  var mechanisms: Set<Mechanism> { Set(Mechanism.allCases) }

  func marks(for volumes: [Volume], run: RunID) -> [SnapshotMark] { [] }

  func prepare(_ marks: [SnapshotMark]) throws -> any SnapshotSet {
    throw SnapshotError(attempt: "prepare", subject: "/")
  }

  func release(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    list.withLock { $0.append(mark) }
    return .absent
  }
}
