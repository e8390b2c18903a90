import Archiving
import Machine
import Planning
import Quiescing
import RepositoryEngine
import RepositoryFormat
import Viewing

/// Applications in their backup mode while their files are read.
///
/// `@unchecked Sendable`: the thread of the backup uses it.
final class OnlineBackups: @unchecked Sendable {
  private var running: [any OnlineBackup] = []
  /// What became of each.
  private(set) var results: [ApplicationResult] = []
  /// Whose files needn't be of one instant.
  private var folders: [FilePath] = []
  /// What they need besides, and could not be stored.
  private var problems: [ArchiveProblem] = []

  /// Has all of them begin; who can't is noted.
  init(_ backups: [any OnlineBackup]) {
    for backup in backups {
      do {
        try backup.begin()
        running.append(backup)
      } catch {
        note(backup, error)
      }
    }
  }

  private func note(_ backup: any OnlineBackup, _ error: any Error) {
    backup.close()
    let reason = explanation(of: error)
    results.append(ApplicationResult(backup.application, notHeldBecause: reason))
  }

  /// Has all of them end, once their files have been read, and stores what they need besides.
  ///
  /// - Returns: Root trees that are to be put over the one that was archived.
  /// - Throws: ``Interrupted``, ``StoreError``; who can't end is noted.
  func end(
    _ request: BackupRequest,
    in repository: Repository,
    _ time: NodeTime,
    _ interruption: Interruption
  ) throws -> [BlobID] {
    if running.isEmpty { return [] }
    return try repository.uploading(dryRun: request.isDryRun, interruption: interruption) { saver in
      try running.flatMap { backup -> [BlobID] in
        let end: OnlineBackupEnd
        do {
          try request.demandOwnPaths(of: backup)
          end = try backup.end()
        } catch {
          note(backup, error)
          return []
        }
        let log = try storeLive(end.paths, in: repository, saver, interruption)
        take(log.problems.filter { $0.cause as? ArchiveFault != .vanished }, of: backup)
        return try end.files.map { path, content in
          var asked = StreamRequest(path: path, time: time, interruption: interruption)
          asked.userID = end.userID
          asked.groupID = end.groupID
          asked.permissions = 0o600
          let stream = BytesStream(content)
          return try archive(stream, as: asked, into: repository, saver: saver).tree
        } + [log.tree]
      }
    }
  }

  /// Notes how one has ended, and which of the files that it needs besides could not be stored.
  private func take(_ found: [ArchiveProblem], of backup: any OnlineBackup) {
    problems += found
    if let first = found.first {
      let reason = "\(first.path) could not be stored: \(explanation(of: first.cause))"
      return note(backup, QuiesceError(reason))
    }
    folders += backup.folders
    results.append(ApplicationResult(backup.application, heldFor: .zero))
  }

  /// Stores files and folders as they are now; what in them changes meanwhile isn't needed.
  private func storeLive(
    _ paths: [FilePath],
    in repository: Repository,
    _ saver: BlobSaver,
    _ interruption: Interruption
  ) throws -> ArchiveResult {
    var live = StillnessRequest(sources: paths)
    live.policy = .off
    var asked = ArchiveRequest(
      targets: paths.map { ArchiveTarget(path: $0) },
      view: try makeView(of: live.makePlan()),
      interruption: interruption
    )
    asked.options.rereadsMax = 0
    return try archive(asked, into: repository, saver: saver)
  }

  /// Adds what could not be stored besides, and forgets what was found out about files that changed or
  /// went while they were read, of those that become whole by what was stored.
  func settle(_ archived: inout ArchiveResult) {
    func isExcused(_ path: FilePath) -> Bool { folders.contains { path.starts(with: $0) } }
    archived.unsettled.removeAll { isExcused($0.path) }
    archived.late.removeAll { isExcused($0.path) }
    archived.problems.removeAll { problem in
      problem.cause as? ArchiveFault == .vanished && isExcused(problem.path)
    }
    archived.problems += problems
  }

  deinit {
    for backup in running.reversed() { backup.close() }
  }
}

extension Stillness {
  /// Has applications end their backup mode, once all was read.
  ///
  /// - Returns: Root trees that are to be put over the one that was archived.
  /// - Throws: ``Interrupted``, ``StoreError``; who can't end is noted.
  mutating func endOnlineBackups(
    _ archived: inout ArchiveResult,
    _ request: BackupRequest,
    _ repository: Repository,
    _ interruption: Interruption
  ) throws -> [BlobID] {
    let trees = try online.end(request, in: repository, instant, interruption)
    online.settle(&archived)
    applications? += online.results
    return trees
  }
}

extension BackupRequest {
  /// Makes sure that the files of an application have the same paths in the snapshot as here, where
  /// what it needs besides is put.
  ///
  /// - Throws: ``QuiesceError``.
  fileprivate func demandOwnPaths(of backup: any OnlineBackup) throws(QuiesceError) {
    for folder in backup.folders where !hasOwnPath(folder) {
      let hint = "name the sources by absolute paths without symbolic links"
      throw QuiesceError("its folder \(folder) has another path in the snapshot: \(hint)")
    }
  }

  /// Whether a path without symbolic links is one in the snapshot.
  private func hasOwnPath(_ path: FilePath) -> Bool {
    hasOwnPaths
      && sources.contains { path.starts(with: $0.path) && (try? realPath($0.path)) == $0.path }
  }
}

/// Bytes that are there.
private final class BytesStream: ByteStream, @unchecked Sendable {
  // One thread reads.
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  func read(into buffer: UnsafeMutableRawBufferPointer, _ interruption: Interruption) -> Int {
    let part = rest.prefix(buffer.count)
    buffer.copyBytes(from: part)
    rest = rest.dropFirst(part.count)
    return part.count
  }
}
