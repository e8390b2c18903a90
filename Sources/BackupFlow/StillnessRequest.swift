import Keeping
package import Machine
package import Planning
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
  /// Where the journal is.
  package var stateFolder = Journal.usualFolder

  package init(sources: [FilePath]) { self.sources = sources }
}

extension StillnessRequest {
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
