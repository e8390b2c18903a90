import Machine
package import Planning
import Synchronization

/// Freezes directories of a CephFS by its folder `.snap`.
///
/// Written from Ceph's documents and tested against a stand-in, never on a cluster. Programs on
/// other machines can't be held, so what is frozen is each volume for itself, never an instant.
package final class CephFSDriver: SnapshotDriver {
  private let folder: any CephFSFolder
  private let count = Atomic(0)

  /// Makes a driver; `folder` is the kernel's when left out.
  package init(folder: any CephFSFolder = SystemCephFSFolder()) { self.folder = folder }

  package var mechanisms: Set<Mechanism> { [.cephfs] }

  package func marks(for volumes: [Volume], run: RunID) -> [SnapshotMark] {
    volumes.filter { $0.mechanism == .cephfs }.map { volume in
      let number = count.add(1, ordering: .relaxed).oldValue
      return SnapshotMark(
        volume: volume,
        run: run,
        name: FileName("stillpoint-\(run.digits)-\(number)")
      )
    }
  }

  package func prepare(_ marks: [SnapshotMark]) throws -> any SnapshotSet {
    let members = try marks.map { mark in
      try attempting("prepare a volume snapshot", mark) {
        CephFSSnapshotSet.Member(mark: mark, source: SharedDescriptor(try source(of: mark)))
      }
    }
    return CephFSSnapshotSet(members: members, folder: folder)
  }

  package func release(_ mark: SnapshotMark) throws -> ReleaseOutcome {
    try attempting("remove the volume snapshot \(mark.name.text)", mark) {
      let source = try source(of: mark)
      return try folder.release(mark, in: source.raw)
    }
  }

  private func source(of mark: SnapshotMark) throws(SystemCallError) -> Descriptor {
    try openDirectory(exactly: mark.volume.directory)
  }
}

extension CephFSFolder {
  /// Opens the volume snapshot of that name; nil when there is none.
  func open(_ mark: SnapshotMark, in directory: CInt) throws(SystemCallError) -> Descriptor? {
    let path = FilePath(cephFSFolderName.text).appending(mark.name.text)
    do {
      return try openDirectory(beneath: directory, path, subject: mark.volume.directory)
    } catch {
      guard error.errno == .noSuchFileOrDirectory else { throw error }
      return nil
    }
  }

  /// Removes what `mark` describes, when it is that.
  func release(_ mark: SnapshotMark, in directory: CInt) throws(SystemCallError) -> ReleaseOutcome {
    let subject = mark.volume.directory
    guard let snapshot = try open(mark, in: directory) else { return .absent }
    let birth = try birth(of: snapshot.raw, subject: subject)
    // Made just before its birth could be written down: the name holds the run's random bits.
    if let identity = mark.identity, identity != birth { return .foreign }
    try remove(mark.name, of: directory, subject: subject)
    return .removed
  }
}
