package import Archiving
import Keeping
package import Machine
package import Planning
package import Quiescing
package import RepositoryFormat

/// Everything a backup needs to know besides the repository.
package struct BackupRequest: Sendable {
  /// What to back up, in the order given.
  package var sources: [ArchiveTarget]
  /// Commands whose output is backed up with them.
  package var dumps: [DumpRequest] = []
  package var exclusions = Exclusions()
  package var archiving = ArchiveOptions()
  package var policy = SnapshotPolicy.on
  /// Nothing is saved below this grade.
  package var required: Grade?
  package var pause = PauseOptions()
  package var quiescing = QuiesceOptions()
  /// `--hot-copy-max`, in bytes.
  package var hotCopySizeMax: UInt64 = 64 << 20

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

  /// How databases are tried before the snapshot is saved; nil doesn't.
  package var proof: ProofOptions?

  /// How long to wait while others lock the repository.
  package var lockRetry: Duration = .zero
  /// What `program_version` says.
  package var programVersion = "stillpoint"
  /// Where the journal is.
  package var stateFolder = Journal.usualFolder

  /// What the snapshot says it is of.
  var paths: [FilePath] { sources.map(\.path) + dumps.map(\.path) }

  /// Whether everything has its own path in the snapshot: relative targets have others, and may take
  /// those of absolute ones.
  var hasOwnPaths: Bool { sources.allSatisfy { $0.placement == nil } }

  /// What is to stand still for it.
  var stillness: StillnessRequest {
    var request = StillnessRequest(sources: sources.map(\.path))
    request.exclusions = exclusions
    request.policy = policy
    request.required = required
    request.pause = pause
    request.quiescing = quiescing
    request.copiesHotFiles = true
    request.hotCopySizeMax = hotCopySizeMax
    request.stateFolder = stateFolder
    return request
  }

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
