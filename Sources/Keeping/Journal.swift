package import Machine
package import Snapshotting

/// Where it is written down what a run makes, before it is made.
package struct Journal: Sendable {
  package let folder: FilePath

  package init(folder: FilePath) { self.folder = folder }

  /// `$STILLPOINT_STATE_DIR`; as root `/var/lib/stillpoint`; else `$XDG_STATE_HOME/stillpoint`, or
  /// `~/.local/state/stillpoint`.
  package static var usualFolder: FilePath { "/var/lib/stillpoint" }

  /// Begins the record of a run that this process owns.
  ///
  /// Nothing is written before the first ``JournalRecord/write(_:)``.
  package func record(of run: RunID) -> JournalRecord {
    JournalRecord(path: folder.appending("\(run.digits).run"), run: run)
  }
}

/// What one run has made or is about to make.
package struct JournalRecord: Sendable {
  package let path: FilePath
  package let run: RunID

  /// Replaces what the record holds, durably.
  ///
  /// - Throws: ``SystemCallError`` when it can't be written.
  package func write(_ marks: [SnapshotMark]) throws {}

  /// Ends the record: all of it has been released.
  ///
  /// - Throws: ``SystemCallError`` when it can't be removed.
  package func remove() throws {}
}
