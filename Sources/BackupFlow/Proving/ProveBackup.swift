import Archiving
import Keeping
import Machine
import Proving
import RepositoryEngine
import RepositoryFormat

extension BackupRequest {
  /// Tries the databases of what was archived, while the volume snapshots are still there.
  ///
  /// What keeps it from that is told: no backup fails because of it.
  ///
  /// - Returns: The verdicts; nil when nothing could be tried.
  /// - Throws: ``Interrupted``.
  func prove(
    _ archived: ArchiveResult,
    _ stillness: Stillness,
    in repository: Repository,
    _ keeper: Keeper,
    _ interruption: Interruption,
    _ tell: @escaping @Sendable (BackupNotice) -> Void
  ) throws -> [Verdict]? {
    guard let proof else { return [] }
    tell(.step("trying the databases"))
    let tree = StoredTree(
      archived.tree,
      in: repository,
      view: hasOwnPaths ? stillness.view : nil,
      interruption
    )
    do {
      return try proof.withRequest(keeper, interruption) { request in
        let result = try proveDatabases(in: tree, request)
        for entry in result.unreadable { tell(.warning(explanation(of: entry))) }
        return result.verdicts
      }
    } catch let error where !(error is Interrupted) {
      tell(.warning("the databases can't be tried: \(explanation(of: error))"))
      return nil
    }
  }
}

extension StillpointRecord.Verdict {
  init(_ verdict: Verdict) {
    self.init(
      kind: verdict.kind.rawValue,
      path: verdict.path.bytes,
      verdict: verdict.outcome.rawValue,
      message: verdict.message
    )
  }
}
