import Keeping
package import Machine
import Proving
import Snapshotting

/// How databases are tried.
package struct ProofOptions: Hashable, Sendable {
  /// Where copies are made; nil for `$TMPDIR`, else `/var/tmp`.
  package var scratch: FilePath?
  /// For all databases together.
  package var timeout: Duration = .seconds(600)
  /// The largest database that is tried, in bytes.
  package var sizeMax: UInt64?

  package init() {}

  /// Runs `body` with a new folder, which is removed whatever happens; by the keeper when we are
  /// killed.
  ///
  /// - Throws: What `body` throws; ``SystemCallError``, ``KeeperError``.
  func withRequest<Value>(
    _ keeper: Keeper,
    _ interruption: Interruption,
    body: (ProofRequest) throws -> Value
  ) throws -> Value {
    let place = scratch ?? temporaryFolder
    let folder = place.appending("stillpoint-proof-\(RunID.random().digits)")
    // Known before it is there: nothing is left by whoever is killed in between.
    try keeper.addUndo(.removeFolder(folder))
    defer { try? keeper.removeUndo(.removeFolder(folder)) }  // It died: nothing to tell.
    // The servers of databases, which have rights of their own, must get to what is theirs below.
    try LocalFiles.makeDirectory(folder)
    return try releasing {
      try LocalFiles.setMode(folder, 0o711)
      var request = ProofRequest(scratch: folder, interruption: interruption)
      request.timeout = timeout
      request.sizeMax = sizeMax
      return try body(request)
    } release: {
      let parent = try openDirectory(place)
      let name = FileName(folder.lastComponent?.bytes ?? [])
      try LocalFiles.removeTree(name, in: parent.raw, subject: folder)
    }
  }
}
