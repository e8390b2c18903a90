import RepositoryEngine
import RepositoryFormat

extension Repository {
  /// Finds the snapshots that a user means.
  ///
  /// - Parameters:
  ///   - ids: Beginnings of ids, or `latest`; those that mean nothing are named and passed over.
  ///     None for all that pass the filter.
  ///   - filter: Which ones; an id is taken whatever the filter says.
  ///   - output: For what is passed over.
  ///   - onDamaged: Called for every snapshot that can't be read; nil makes it an error.
  /// - Returns: The oldest first.
  /// - Throws: ``RepositoryError`` naming a damaged snapshot, ``StoreError``.
  func select(
    _ ids: [String],
    _ filter: SnapshotFilter,
    _ output: Output,
    onDamaged: (@Sendable (RepositoryError) -> Void)? = nil
  ) throws -> [StoredSnapshot] {
    if ids.isEmpty {
      return try snapshots(onDamaged: onDamaged).filter { filter.matches($0.file) }
    }
    var found: [StoredSnapshot] = []
    for id in ids {
      do {
        let snapshot = try choose(id, filter, output)
        if !found.contains(where: { $0.id == snapshot.id }) { found.append(snapshot) }
      } catch let error as RepositoryError {
        switch error.reason {
        case .noMatch, .ambiguous: output.error(["Ignoring \"\(id)\": \(ErrorText(error).line)"])
        default: throw error
        }
      }
    }
    return found.sorted {
      ($0.file.time.seconds, $0.file.time.nanoseconds)
        < ($1.file.time.seconds, $1.file.time.nanoseconds)
    }
  }
}
