import Machine
import RepositoryFormat
import Synchronization

/// Everything an archive counts and has to tell; written by all its threads.
final class ArchiveLedger: Sendable {
  private struct State {
    var counts = ArchiveCounts()
    var problems: [ArchiveProblem] = []
    var unsettled: [ArchiveFinding] = []
    var late: [ArchiveFinding] = []
    var untold: [FilePath] = []
    var isQuick = false
  }

  let progress: ArchiveProgress
  /// Whether items are reported, and so their times taken.
  let reportsItems: Bool
  private let onEvent: @Sendable (ArchiveEvent) -> Void
  private let state = Mutex(State())

  init(
    progress: ArchiveProgress,
    reportsItems: Bool,
    onEvent: @escaping @Sendable (ArchiveEvent) -> Void
  ) {
    self.progress = progress
    self.reportsItems = reportsItems
    self.onEvent = onEvent
  }

  /// The result with this root tree.
  func result(_ tree: BlobID, owners: OwnerNumbers) -> ArchiveResult {
    state.withLock { state in
      ArchiveResult(
        tree: tree,
        counts: state.counts,
        unsettled: state.unsettled,
        late: state.late,
        problems: state.problems,
        isQuick: state.isQuick,
        untold: state.untold,
        owners: owners
      )
    }
  }

  /// The time now, if it matters.
  func now() -> ContinuousClock.Instant? { reportsItems ? ContinuousClock.now : nil }

  func add(_ problem: ArchiveProblem) {
    state.withLock { $0.problems.append(problem) }
    progress.addProblem()
    onEvent(.problem(problem))
  }

  func add(_ finding: ArchiveFinding) {
    state.withLock { $0.unsettled.append(finding) }
    onEvent(.unsettled(finding))
  }

  func add(late finding: ArchiveFinding) { state.withLock { $0.late.append(finding) } }

  /// Adds what changed although the file system said that it didn't.
  func add(untold path: FilePath) { state.withLock { $0.untold.append(path) } }

  /// Counts what is in directories that were taken over from the parent, and those themselves.
  func add(takenOver totals: TreeTotals) {
    state.withLock { state in
      state.isQuick = true
      state.counts.filesUnmodified += totals.files
      state.counts.directoriesUnmodified += totals.directories
      state.counts.bytesProcessed += totals.bytes
    }
    progress.addDone(files: totals.files, bytes: totals.bytes)
  }

  func addRead(bytes: UInt64) { state.withLock { $0.counts.bytesRead += bytes } }

  /// Counts a file whose content was taken from the parent.
  func addUnread(_ node: Node, in directory: DirectoryRecord, started: ContinuousClock.Instant?) {
    state.withLock { state in
      state.counts.filesUnmodified += 1
      state.counts.bytesProcessed += node.size
    }
    progress.addDone(files: 1, bytes: node.size)
    guard let started else { return }
    let path = directory.snapshotPath.appending(FileName(node.name))
    report(.unchanged, path, isDirectory: false, started: started)
  }

  /// Counts a file that was read and stored.
  func add(file node: Node, stored: StoredBlobs, record: FileRecord) {
    let action = Self.action(node, former: record.former)
    state.withLock { state in
      switch action {
      case .new: state.counts.filesNew += 1
      case .modified: state.counts.filesChanged += 1
      case .unchanged: state.counts.filesUnmodified += 1
      }
      state.counts.bytesProcessed += node.size
      state.counts.dataBlobs += stored.count
      state.counts.bytesAdded += stored.size
      state.counts.bytesStored += stored.stored
    }
    progress.addDone(files: 1)
    guard let started = record.started else { return }
    let path = record.directory.snapshotPath.appending(FileName(node.name))
    report(action, path, isDirectory: false, started: started, data: stored)
  }

  /// Counts a directory whose tree was stored; the root is counted only in blobs.
  func add(directory node: Node?, tree: StoredBlobs, record: DirectoryRecord) {
    let action = node.map { Self.action($0, former: record.former) }
    if record.isUnwritten, node?.subtree != record.former?.subtree {
      add(untold: record.readPath)
    }
    state.withLock { state in
      switch action {
      case .new: state.counts.directoriesNew += 1
      case .modified: state.counts.directoriesChanged += 1
      case .unchanged: state.counts.directoriesUnmodified += 1
      case nil: break
      }
      state.counts.treeBlobs += tree.count
      state.counts.bytesAdded += tree.size
      state.counts.bytesStored += tree.stored
    }
    guard let started = record.started, let action else { return }
    report(action, record.snapshotPath, isDirectory: true, started: started, tree: tree)
  }

  /// Counts a file or directory that was made of a stream.
  func add(
    _ node: Node,
    _ path: FilePath,
    former: Node?,
    stored: StoredBlobs,
    since start: ContinuousClock.Instant
  ) {
    let action = Self.action(node, former: former)
    let isDirectory = node.type == .dir
    state.withLock { state in
      switch action {
      case .new: state.counts.add(isDirectory, to: \.filesNew, \.directoriesNew)
      case .modified: state.counts.add(isDirectory, to: \.filesChanged, \.directoriesChanged)
      case .unchanged:
        state.counts.add(isDirectory, to: \.filesUnmodified, \.directoriesUnmodified)
      }
      state.counts.bytesProcessed += node.size
      state.counts.add(stored, to: isDirectory ? \.treeBlobs : \.dataBlobs)
    }
    if !isDirectory { progress.addDone(files: 1) }
    guard reportsItems else { return }
    let (data, tree) = isDirectory ? (StoredBlobs(), stored) : (stored, StoredBlobs())
    report(action, path, isDirectory: isDirectory, started: start, data: data, tree: tree)
  }

  /// Counts the root's tree.
  func add(root stored: StoredBlobs) {
    state.withLock { $0.counts.add(stored, to: \.treeBlobs) }
  }

  private static func action(_ node: Node, former: Node?) -> ArchivedItem.Action {
    guard let former else { return .new }
    return node.saysTheSame(as: former) ? .unchanged : .modified
  }

  private func report(
    _ action: ArchivedItem.Action,
    _ path: FilePath,
    isDirectory: Bool,
    started: ContinuousClock.Instant,
    data: StoredBlobs = StoredBlobs(),
    tree: StoredBlobs = StoredBlobs()
  ) {
    onEvent(
      .item(
        ArchivedItem(
          action: action,
          path: path,
          isDirectory: isDirectory,
          duration: ContinuousClock.now - started,
          dataSize: data.size,
          dataStored: data.stored,
          treeSize: tree.size,
          treeStored: tree.stored
        )
      )
    )
  }
}

extension ArchiveCounts {
  /// Counts one more file, or directory.
  fileprivate mutating func add(
    _ isDirectory: Bool,
    to files: WritableKeyPath<ArchiveCounts, UInt64>,
    _ directories: WritableKeyPath<ArchiveCounts, UInt64>
  ) {
    self[keyPath: isDirectory ? directories : files] += 1
  }

  fileprivate mutating func add(
    _ stored: StoredBlobs,
    to blobs: WritableKeyPath<ArchiveCounts, UInt64>
  ) {
    self[keyPath: blobs] += stored.count
    bytesAdded += stored.size
    bytesStored += stored.stored
  }
}
