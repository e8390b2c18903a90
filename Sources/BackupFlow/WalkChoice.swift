import Archiving
import Machine
import Planning
import RepositoryEngine
import RepositoryFormat
import Snapshotting
import Viewing

/// How much of the parent is taken over without reading it, and what the next backup must know.
struct WalkChoice {
  /// Nil when every directory is read.
  private(set) var shortcut: Shortcut?
  /// Whether the same files make the same trees as in the parent.
  private(set) var parentHolds = false
  /// How many backups in a row took over something before this one.
  private var quickWalks: UInt64 = 0
  /// Who owns files in the parent, as far as something is taken over from there.
  private var owners = OwnerNumbers()
  /// The identities of volumes that don't tell of every change.
  private var distrusted: Set<String> = []

  /// How many owners are worth writing down.
  private static let ownersMax = 1000
  /// How many wrong directories are named.
  private static let namedMax = 10

  /// Chooses; whatever leaves a doubt has everything read.
  ///
  /// - Throws: ``Interrupted``.
  init(
    _ request: BackupRequest,
    _ stillness: Stillness,
    _ parent: StoredSnapshot?,
    _ interruption: Interruption,
    _ tell: (BackupNotice) -> Void
  ) throws {
    guard let parent else { return }
    let record = parent.file.stillpoint
    distrusted = Set((record?.volumes ?? []).filter(\.isDistrusted).map(\.identity))
    do {
      try take(parent.file, request, stillness, interruption, tell)
    } catch let doubt as WalkDoubt {
      if stillness.histories.isEmpty { return }
      tell(.step("reading every directory: \(doubt.reason)"))
    }
  }

  private mutating func take(
    _ parent: SnapshotFile,
    _ request: BackupRequest,
    _ stillness: Stillness,
    _ interruption: Interruption,
    _ tell: (BackupNotice) -> Void
  ) throws {
    guard let record = parent.stillpoint, let walk = record.walk,
      walk.tree == parent.tree.digest.hex, let summary = parent.summary
    else { throw WalkDoubt("the parent snapshot doesn't say what it depends on") }
    owners.users = Set(walk.users)
    owners.groups = Set(walk.groups)
    guard WalkFingerprint(request, stillness, owners).digits == walk.fingerprint else {
      throw WalkDoubt("options, mounts, owners' names or the program changed since the parent")
    }
    parentHolds = true
    if request.archiving.reportsItems { throw WalkDoubt("every item is to be named") }
    let totals = TreeTotals(summary)
    var changes: [FilePath: BtrfsChanges] = [:]
    for (path, history) in stillness.histories {
      do {
        changes[path] = try history.changes(since: record, of: totals, interruption)
      } catch let doubt as WalkDoubt {
        tell(.step("reading every directory of \(path): \(doubt.reason)"))
      }
    }
    if changes.isEmpty { return }
    quickWalks = walk.quickWalks
    let isComparing = quickWalks >= UInt64(request.archiving.quickWalksMax)
    var shortcut = Shortcut(
      isComparing ? .comparing : .quick,
      changes: changes,
      parentTotals: totals
    )
    for volume in record.volumes {
      let path = FilePath(bytes: volume.path)
      if stillness.view.root(at: path) == nil { shortcut.formerPieces.formUnion(path.andAllAbove) }
    }
    self.shortcut = shortcut
  }

  /// Writes into a snapshot's record what the next backup must know.
  func note(
    in record: inout StillpointRecord,
    _ archived: ArchiveResult,
    _ request: BackupRequest,
    _ stillness: Stillness
  ) {
    var distrusted = distrusted
    for path in archived.untold {
      let root = stillness.view.root(for: path)
      if let history = stillness.histories[root.path] { distrusted.insert(history.identity) }
    }
    for index in record.volumes.indices {
      record.volumes[index].isDistrusted = distrusted.contains(record.volumes[index].identity)
    }
    guard archived.problems.isEmpty, archived.unsettled.isEmpty else { return }
    var owners = archived.owners
    // Where nodes are taken from the parent, nobody asks for names.
    if parentHolds {
      owners.users.formUnion(self.owners.users)
      owners.groups.formUnion(self.owners.groups)
    }
    guard owners.users.count + owners.groups.count <= Self.ownersMax else { return }
    for index in record.volumes.indices {
      let path = FilePath(bytes: record.volumes[index].path)
      guard let history = stillness.histories[path] else { continue }
      record.volumes[index].volumeSnapshot = history.volumeSnapshot
      record.volumes[index].transaction = history.history.transaction
    }
    record.walk = StillpointRecord.Walk(
      fingerprint: WalkFingerprint(request, stillness, owners).digits,
      tree: archived.tree.digest.hex,
      quickWalks: archived.isQuick ? quickWalks + 1 : 0,
      users: owners.users.sorted(),
      groups: owners.groups.sorted()
    )
  }

  /// Says what a walk that compared found.
  static func warn(of archived: ArchiveResult, _ tell: (BackupNotice) -> Void) {
    for path in archived.untold.prefix(namedMax) {
      tell(.warning("\(path): btrfs did not tell that it changed; please report this"))
    }
    let rest = archived.untold.count - namedMax
    if rest > 0 { tell(.warning("btrfs did not tell of \(rest) more")) }
  }
}

/// Why everything, or a volume, is read.
private struct WalkDoubt: Error {
  var reason: String

  init(_ reason: String) { self.reason = reason }
}

extension PieceHistory {
  /// What may differ from the volume snapshot that a former backup was read from.
  ///
  /// - Throws: ``WalkDoubt`` when that can't be said, ``Interrupted``.
  fileprivate func changes(
    since former: StillpointRecord,
    of totals: TreeTotals,
    _ interruption: Interruption
  ) throws -> BtrfsChanges {
    guard let volume = former.volumes.first(where: { $0.identity == identity }) else {
      throw WalkDoubt("it isn't in the parent snapshot")
    }
    if volume.isDistrusted { throw WalkDoubt("btrfs did not tell of every change before") }
    guard let transaction = volume.transaction, transaction <= history.transaction,
      history.earlier[volume.volumeSnapshot] == transaction
    else {
      throw WalkDoubt("another program took a volume snapshot since, or the disk was put back")
    }
    // Where much changed, finding out what costs more than it saves.
    let countMax = Int(clamping: max(1000, (totals.files + totals.directories) / 4))
    do {
      let found = try BtrfsChanges(
        in: top.raw,
        since: transaction,
        countMax: countMax,
        subject: path,
        interruption: interruption
      )
      guard let found else { throw WalkDoubt("more than \(countMax) inodes changed") }
      return found
    } catch let error as SystemCallError {
      throw WalkDoubt("\(error)")
    }
  }
}

extension TreeTotals {
  fileprivate init(_ summary: SnapshotSummary) {
    self.init(
      files: summary.totalFilesProcessed,
      directories: summary.dirsNew + summary.dirsChanged + summary.dirsUnmodified,
      bytes: summary.totalBytesProcessed
    )
  }
}

extension FilePath {
  /// The path and the directories above it.
  fileprivate var andAllAbove: [FilePath] {
    var paths = [self]
    var path = self
    while path.removeLastComponent() { paths.append(path) }
    return paths
  }
}
