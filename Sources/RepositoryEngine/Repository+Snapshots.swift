import Machine
import ObjectStorage
package import RepositoryFormat
import Synchronization

extension Repository {
  /// All snapshots, the oldest first.
  ///
  /// - Parameter onDamaged: Called for every snapshot that can't be read, which is then left
  ///   out; when nil, the first such error is thrown.
  /// - Returns: Snapshots by time, and by id where times are equal.
  /// - Throws: ``RepositoryError`` naming a damaged snapshot, ``StoreError``.
  package func snapshots(
    onDamaged: (@Sendable (RepositoryError) -> Void)? = nil
  ) throws -> [StoredSnapshot] {
    let found = Mutex<[StoredSnapshot]>([])
    let names = try names(of: .snapshot)
    // Threads cost more than reading a few small files.
    let threads = names.count < 32 ? 1 : readersMax
    try inParallel(names, threads: threads) { [self] name in
      do {
        let snapshot = try loadSnapshot(name)
        found.withLock { $0.append(snapshot) }
      } catch let error as RepositoryError {
        guard let onDamaged else { throw error }
        onDamaged(error)
      }
    }
    return found.withLock { $0.sorted(by: Self.isOlder) }
  }

  /// The snapshot that a user means.
  ///
  /// - Parameters:
  ///   - pattern: `latest`, or the beginning of an id.
  ///   - filter: Which ones `latest` chooses from; an id is taken whatever the filter says.
  /// - Returns: The snapshot.
  /// - Throws: ``RepositoryError`` with `noMatch` or `ambiguous`, or naming a damaged snapshot;
  ///   ``StoreError``.
  package func snapshot(
    matching pattern: String,
    filter: SnapshotFilter = SnapshotFilter()
  ) throws -> StoredSnapshot {
    guard pattern == "latest" else {
      return try loadSnapshot(name(of: .snapshot, matching: pattern))
    }
    guard let latest = try snapshots().last(where: { filter.matches($0.file) }) else {
      throw failure(.noMatch(.snapshot, prefix: pattern))
    }
    return latest
  }

  /// Reads one snapshot.
  ///
  /// - Throws: ``RepositoryError`` when it is damaged, ``StoreError``.
  package func loadSnapshot(_ id: SnapshotID) throws -> StoredSnapshot {
    try loadSnapshot(id.digest.hex)
  }

  /// Stores a snapshot; everything it refers to must be durable, so after `uploading`.
  ///
  /// - Throws: ``StoreError``; ``RepositoryError`` when the lock was lost, because then what the
  ///   snapshot refers to may be gone.
  package func saveSnapshot(_ file: SnapshotFile) throws -> SnapshotID {
    if isLockLost.load(ordering: .acquiring) { throw failure(.lockLost) }
    return SnapshotID(try saveUnpacked(.snapshot, file.encoded()))
  }

  /// Stores a snapshot, and removes the one that it takes the place of once it is durable.
  ///
  /// - Returns: The new one.
  /// - Throws: As ``saveSnapshot(_:)``; when the old one can't be removed there are both.
  package func replaceSnapshot(
    _ old: SnapshotID,
    by file: SnapshotFile
  ) throws -> SnapshotID {
    let new = try saveSnapshot(file)
    try removeSnapshot(old)
    return new
  }

  /// Removes a snapshot.
  ///
  /// What only it refers to stays until a prune.
  ///
  /// - Throws: ``StoreError``.
  package func removeSnapshot(_ id: SnapshotID) throws {
    try removeFile(.snapshot, id.digest.hex)
  }

  private func loadSnapshot(_ name: String) throws -> StoredSnapshot {
    let json = try loadUnpacked(.snapshot, name)
    guard let id = Digest(hex: name) else { throw failure(.damaged(.snapshot, name: name)) }
    do {
      return StoredSnapshot(id: SnapshotID(id), file: try SnapshotFile(parsing: json))
    } catch {
      throw failure(.damaged(.snapshot, name: name), error)
    }
  }

  private static func isOlder(_ left: StoredSnapshot, _ right: StoredSnapshot) -> Bool {
    let (a, b) = (left.file.time, right.file.time)
    return (a.seconds, a.nanoseconds, left.id) < (b.seconds, b.nanoseconds, right.id)
  }
}
