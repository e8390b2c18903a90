import Keeping
package import Machine
package import Planning
package import Quiescing
import Snapshotting

/// How writers are held for the instant.
package struct PauseOptions: Hashable, Sendable {
  /// False for `--no-pause`.
  package var isAllowed = true
  /// From the first stop to the release.
  package var lengthMax: Duration = .seconds(2)

  package init() {}
}

/// What is to stand still, and how.
package struct StillnessRequest: Sendable {
  /// Absolute paths.
  package var sources: [FilePath]
  /// Nothing is frozen for what is left out.
  package var exclusions = Exclusions()
  package var policy = SnapshotPolicy.on
  /// Nothing is done below this grade.
  package var required: Grade?
  package var pause = PauseOptions()
  package var quiescing = QuiesceOptions()
  /// Whether file systems without volume snapshots are made an instant by copying what is being
  /// written; worth it only for who can tell what changed afterwards.
  package var copiesHotFiles = false
  /// `--hot-copy-max`: how much is copied at most, in bytes.
  package var hotCopySizeMax: UInt64 = 64 << 20
  /// Where the journal is.
  package var stateFolder = Journal.usualFolder

  package init(sources: [FilePath]) { self.sources = sources }
}

extension StillnessRequest {
  /// How hot files are copied: half of the pause is left for stopping and the proof.
  var hotCopies: HotCopyOptions {
    var options = HotCopyOptions()
    options.sizeMax = hotCopySizeMax
    options.lengthMax = pause.lengthMax / 2
    return options
  }

  /// Releases what interrupted runs have left, and says so.
  func releaseLeftovers(_ tell: (BackupNotice) -> Void) {
    let leftovers = Leftovers(
      journal: Journal(folder: stateFolder),
      driver: SnapshotDrivers.all(state: stateFolder)
    )
    do {
      for sentence in try leftovers.releaseAll() { tell(.warning(sentence)) }
    } catch {
      tell(.warning("can't look for what interrupted runs left: \(error)"))
    }
  }
}
