import Machine
import RepositoryEngine
import RepositoryFormat

/// Replaces snapshots by changed ones, as `rewrite` and `repair snapshots` do.
struct SnapshotRewriting {
  /// What becomes of a snapshot.
  struct Change {
    /// Nil when nothing is left.
    var tree: BlobID?
    /// Instead of the one there is; nil to keep that.
    var summary: SnapshotSummary?
  }

  let repository: Repository
  let output: Output
  let interruption: Interruption
  /// Given to new snapshots while the old ones stay.
  let tag: String
  var isDryRun = false
  /// Whether the old snapshots are removed.
  var forgets = false
  /// Whether a snapshot of which nothing is left stays as it is, instead of being removed.
  var keepsEmpty = false
  var newHost: String?
  var newTime: NodeTime?

  /// Replaces one snapshot: what the new one refers to is durable before that is, and the old
  /// one is removed last.
  ///
  /// - Parameters:
  ///   - old: The snapshot.
  ///   - change: Stores what is new, with the saver.
  /// - Returns: Whether something changed, or would.
  /// - Throws: ``SnapshotRewriteError``, ``Interrupted``.
  func replace(
    _ old: StoredSnapshot,
    _ change: (BlobSaver) throws -> Change
  ) throws -> Bool {
    do {
      output.tell("\n\(old.headline)")
      let result = try repository.uploading(dryRun: isDryRun, interruption: interruption) {
        try change($0)
      }
      guard let tree = result.tree else { return try removeEmpty(old) }
      let isSame =
        tree == old.file.tree && newHost == nil && newTime == nil
        && (result.summary == nil || result.summary == old.file.summary)
      if isSame { return false }
      if isDryRun { sayWhatWouldBe() } else { try save(old, tree, result.summary) }
      return true
    } catch let error as Interrupted {
      throw error
    } catch {
      throw SnapshotRewriteError(snapshot: old.id, cause: error)
    }
  }

  /// Says how many snapshots changed.
  func finish(_ count: Int) {
    output.tell("")
    if count == 0 {
      output.tell("no snapshots \(isDryRun ? "would be" : "were") modified")
    } else {
      output.tell("\(isDryRun ? "would modify" : "modified") \(count) snapshots")
    }
  }

  private func removeEmpty(_ old: StoredSnapshot) throws -> Bool {
    if keepsEmpty { return false }
    if isDryRun {
      output.tell("would delete empty snapshot")
    } else {
      try repository.removeSnapshot(old.id)
      output.tell("removed empty snapshot \(old.id.digest.short)")
    }
    return true
  }

  private func sayWhatWouldBe() {
    output.tell("would save new snapshot")
    if forgets { output.tell("would remove old snapshot") }
    if let newTime { output.tell("would set time to \(Moment(newTime).long)") }
    if let newHost { output.tell("would set hostname to \(newHost)") }
  }

  private func save(
    _ old: StoredSnapshot,
    _ tree: BlobID,
    _ summary: SnapshotSummary?
  ) throws {
    var file = old.file
    // Not the first version: this is another snapshot.
    file.original = old.id
    file.tree = tree
    if let summary { file.summary = summary }
    if !forgets && !file.tags.contains(tag) { file.tags.append(tag) }
    if let newTime {
      output.tell("setting time to \(Moment(newTime).long)")
      file.time = newTime
    }
    if let newHost {
      output.tell("setting host to \(newHost)")
      file.hostname = newHost
    }
    let id = try repository.saveSnapshot(file)
    output.tell("saved new snapshot \(id.digest.short)")
    if forgets {
      try repository.removeSnapshot(old.id)
      output.tell("removed old snapshot \(old.id.digest.short)")
    }
  }
}

/// A snapshot that could not be changed.
struct SnapshotRewriteError: ExplainedError {
  let snapshot: SnapshotID
  let cause: (any Error)?

  var description: String { "unable to rewrite snapshot ID \"\(snapshot.digest.short)\"" }
}
