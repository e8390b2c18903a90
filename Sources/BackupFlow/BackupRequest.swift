package import Archiving
import Keeping
package import Machine
package import Planning
package import RepositoryFormat

/// How writers are held for the instant.
package struct PauseOptions: Hashable, Sendable {
  /// False for `--no-pause`.
  package var isAllowed = true
  /// From the first stop to the release.
  package var lengthMax: Duration = .seconds(2)

  package init() {}
}

/// Everything a backup needs to know besides the repository.
package struct BackupRequest: Sendable {
  /// What to back up, in the order given.
  package var sources: [ArchiveTarget]
  package var exclusions = Exclusions()
  package var archiving = ArchiveOptions()
  package var policy = SnapshotPolicy.on
  /// Nothing is saved below this grade.
  package var required: Grade?
  package var pause = PauseOptions()

  /// Which snapshot to compare with: nil chooses the newest that fits.
  package var parent: String?
  /// Reads every file, whatever the parent says.
  package var isForced = false
  package var skipsIfUnchanged = false
  package var isDryRun = false

  package var hostname: String
  package var username: String
  package var tags: [String] = []
  /// The exclude patterns that are written into the snapshot, as typed.
  package var excludes: [String] = []
  /// From `--time`; nil takes the instant.
  package var time: NodeTime?
  /// Which snapshots are looked at for a parent.
  package var parentGrouping: Set<ParentGrouping> = [.host, .paths]

  /// How long to wait while others lock the repository.
  package var lockRetry: Duration = .zero
  /// What `program_version` says.
  package var programVersion = "stillpoint"
  /// Where the journal is.
  package var stateFolder = Journal.usualFolder

  package init(sources: [ArchiveTarget], hostname: String, username: String) {
    self.sources = sources
    self.hostname = hostname
    self.username = username
  }
}

/// What a parent has in common with the new snapshot.
package enum ParentGrouping: String, CaseIterable, Hashable, Sendable {
  case host, paths, tags
}
