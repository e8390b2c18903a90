package import Machine

/// What was done with one path; the raw value is restic's word for it.
package enum RestoreAction: String, Hashable, Sendable {
  case restored, updated, unchanged, deleted
}

/// A path that could not be restored as it is in the snapshot.
package struct RestoreProblem: Sendable {
  /// Within what is restored, beginning with a slash.
  package var path: FilePath
  package var cause: any Error

  package init(path: FilePath, cause: any Error) {
    self.path = path
    self.cause = cause
  }
}

/// What a restore says while it runs, from any of its threads.
package enum RestoreEvent: Sendable {
  /// A path is done. It is the path within what is restored; of deleted ones, the path in the
  /// file system.
  case item(RestoreAction, path: FilePath, size: UInt64)
  case problem(RestoreProblem)
  /// Something that holds for many paths, said once.
  case warning(String)
}

/// What a restore did.
package struct RestoreResult: Sendable {
  /// With `problems` above zero, the target is not what the snapshot holds.
  package var counts: RestoreCounts
}

/// Why a restore, or the restore of one path, is impossible.
package struct RestoreError: ExplainedError {
  package var attempt: String
  package var cause: (any Error)?
  package var hint: String?

  package init(_ attempt: String, cause: (any Error)? = nil, hint: String? = nil) {
    self.attempt = attempt
    self.cause = cause
    self.hint = hint
  }

  package var description: String { attempt }
}
