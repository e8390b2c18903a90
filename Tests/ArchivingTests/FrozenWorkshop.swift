import Archiving
import Foundation
import Machine
import ObjectStorage
import Planning
import RepositoryEngine
import RepositoryFormat
import Snapshotting
import TestSupport
import Viewing

/// A btrfs that is archived again and again through volume snapshots, and a repository in memory.
struct FrozenWorkshop {
  let loop: LoopDevice
  let repository: Repository
  var exclusions = Exclusions()
  var options = ArchiveOptions()

  static func with(_ body: (inout FrozenWorkshop) throws -> Void) throws {
    try LoopDevice.with("btrfs", sizeMiB: 1024) { loop in
      var workshop = FrozenWorkshop(loop: loop, repository: try newRepository())
      try FileManager.default.createDirectory(
        atPath: workshop.source.string,
        withIntermediateDirectories: true
      )
      try body(&workshop)
    }
  }

  static func newRepository() throws -> Repository {
    let repository = try Repository.initialize(
      in: MemoryStore(),
      password: Array("frozen".utf8),
      polynomial: RabinPolynomial(0x3da3_358b_4dc173),
      scrypt: .forTesting
    )
    try repository.loadIndex()
    return repository
  }

  var source: FilePath { loop.mountPoint.appending("source") }

  /// Runs a shell script in the source.
  @discardableResult
  func shell(_ script: String) throws -> String {
    try SystemCommandRunner()
      .text(of: Command("sh", "-ec", "cd \"$0\"\n" + script, source.string))
  }

  /// Everything that the next archive needs of one.
  struct Former {
    var tree: BlobID
    var totals: TreeTotals
    var transactions: [VolumeKey: UInt64]
    var instant: FileTime
    /// Of the pieces.
    var paths: [FilePath]
  }

  /// The source, frozen.
  struct Frozen {
    let view: View
    let volumes: [VolumeKey: VolumeSnapshot]
    let keys: [FilePath: VolumeKey]
    let instant: FileTime
  }

  /// Calls `body` with the source, frozen.
  func freezing<Value>(_ body: (Frozen) throws -> Value) throws -> Value {
    let plan = try makePlan(
      policy: .on,
      inputs: .gathered(for: [source], exclusions: exclusions)
    )
    let driver = BtrfsDriver(state: loop.workingDirectory.appending("state"))
    let set = try driver.prepare(driver.marks(for: plan.volumes, run: .random()))
    return try releasing {
      try set.flush()
      let instant = currentFileTime()
      try set.take()
      let snapshots = try set.identify()
      let view = try makeView(of: plan, snapshots: snapshots, traces: set.traces)
      let keys = plan.pieces.compactMap { piece in piece.coverage.volume.map { (piece.path, $0) } }
      return try body(
        Frozen(
          view: view,
          volumes: Dictionary(uniqueKeysWithValues: snapshots.map { ($0.mark.volume.key, $0) }),
          keys: Dictionary(uniqueKeysWithValues: keys),
          instant: instant
        )
      )
    } release: {
      try set.discard()
    }
  }

  /// What differs from `former`, as btrfs says.
  func changes(_ frozen: Frozen, since former: Former) throws -> [FilePath: BtrfsChanges] {
    var changes: [FilePath: BtrfsChanges] = [:]
    for (path, key) in frozen.keys {
      guard let since = former.transactions[key], let volume = frozen.volumes[key] else { continue }
      changes[path] = try BtrfsChanges(
        in: volume.top.raw,
        since: since,
        countMax: 1_000_000,
        subject: path,
        interruption: Interruption()
      )
    }
    return changes
  }

  func shortcut(
    _ purpose: Shortcut.Purpose,
    _ frozen: Frozen,
    since former: Former
  ) throws -> Shortcut {
    var shortcut = Shortcut(
      purpose,
      changes: try changes(frozen, since: former),
      parentTotals: former.totals
    )
    for path in former.paths where frozen.keys[path] == nil { shortcut.formerPieces.insert(path) }
    return shortcut
  }

  func archive(
    _ frozen: Frozen,
    since former: Former? = nil,
    _ shortcut: Shortcut? = nil,
    nodesHold: Bool = false,
    into repository: Repository? = nil
  ) throws -> ArchiveResult {
    let repository = repository ?? self.repository
    var request = ArchiveRequest(
      // Without the directories above, in which other tests work.
      targets: [ArchiveTarget(path: source, placement: [FileName("source")])],
      view: frozen.view,
      interruption: Interruption()
    )
    request.exclusions = exclusions
    request.options = options
    request.parentTree = former?.tree
    request.parentInstant = former.map {
      NodeTime(seconds: $0.instant.seconds, nanoseconds: $0.instant.nanoseconds)
    }
    request.shortcut = shortcut
    request.parentNodesHold = nodesHold
    return try repository.uploading { saver in
      try Archiving.archive(request, into: repository, saver: saver)
    }
  }

  func former(_ result: ArchiveResult, _ frozen: Frozen) -> Former {
    Former(
      tree: result.tree,
      totals: result.counts.totals,
      transactions: frozen.volumes.compactMapValues { $0.history?.transaction },
      instant: frozen.instant,
      paths: Array(frozen.keys.keys)
    )
  }
}

extension ArchiveCounts {
  var totals: TreeTotals {
    TreeTotals(
      files: filesProcessed,
      directories: directoriesNew + directoriesChanged + directoriesUnmodified,
      bytes: bytesProcessed
    )
  }

  /// What the trees decide, and not what was in the repository already.
  var ofTrees: [UInt64] {
    [
      filesNew, filesChanged, filesUnmodified, directoriesNew, directoriesChanged,
      directoriesUnmodified, bytesProcessed,
    ]
  }
}
