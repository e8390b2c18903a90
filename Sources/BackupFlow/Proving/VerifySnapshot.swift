import Keeping
package import Machine
package import Proving
package import RepositoryEngine
package import RepositoryFormat

/// Restores the databases in a tree of a snapshot into scratch files, and opens them there.
///
/// The repository is only read; its index must be loaded.
///
/// - Parameters:
///   - tree: A folder of the snapshot.
///   - path: Where it stands in the snapshot.
///   - paths: Only what is at these paths of the snapshot or below them; everything when there is
///     none.
///   - repository: Where it is stored.
///   - options: Where, how long and with how much room.
///   - interruption: Ends it early.
///   - onVerdict: Called with each verdict as it is reached.
/// - Returns: What was found.
/// - Throws: ``Interrupted``, ``SystemCallError``, ``KeeperError``.
package func verifyDatabases(
  in tree: BlobID,
  at path: FilePath,
  only paths: [FilePath],
  of repository: Repository,
  _ options: ProofOptions,
  interruption: Interruption,
  onVerdict: (Verdict) -> Void
) throws -> ProofResult {
  let keeper = try Keeper.start()
  defer { keeper.finish() }
  return try options.withRequest(keeper, interruption) { request in
    var request = request
    request.paths = paths
    let stored = StoredTree(tree, at: path, in: repository, interruption)
    return try proveDatabases(in: stored, request, onVerdict: onVerdict)
  }
}
