import Archiving
import Machine
import ObjectStorage
import Planning
import RepositoryEngine
import RepositoryFormat

/// Finds the snapshot that files are compared with.
///
/// Without one named, or with `latest`, it is the newest of the same host that has all the paths
/// and is not newer than the backup, as restic chooses.
///
/// - Returns: Nil when there is none, or every file is to be read.
/// - Throws: ``RepositoryError`` when the named one doesn't exist, or nothing fits `latest`.
func chooseParent(
  for request: BackupRequest,
  in repository: Repository,
  tell: @escaping @Sendable (BackupNotice) -> Void
) throws -> StoredSnapshot? {
  if request.isForced { return nil }
  if let parent = request.parent, parent != "latest" {
    return try repository.snapshot(matching: parent)
  }
  let snapshots = try repository.snapshots { tell(.warning("\($0)")) }
  let time = request.time ?? .now()
  let found = snapshots.last { snapshot in
    let file = snapshot.file
    return (file.time.seconds, file.time.nanoseconds) <= (time.seconds, time.nanoseconds)
      && request.isComparable(with: file)
  }
  if found == nil, let parent = request.parent {
    throw RepositoryError(.noMatch(.snapshot, prefix: parent), at: repository.store.location)
  }
  return found
}

extension BackupRequest {
  fileprivate func isComparable(with file: SnapshotFile) -> Bool {
    if parentGrouping.contains(.host), file.hostname != hostname { return false }
    if parentGrouping.contains(.tags), Set(file.tags) != Set(tags) { return false }
    let paths = Set(file.paths)
    return !parentGrouping.contains(.paths)
      || sources.allSatisfy { paths.contains($0.path.bytes) }
  }
}
