import Archiving
package import Machine
import RepositoryEngine
import RepositoryFormat

/// A command whose output becomes a file of the snapshot: `--dump`.
package struct DumpRequest: Hashable, Sendable {
  /// Where the file stands in the snapshot: absolute, normalised, not the root.
  package var path: FilePath
  /// The program and its arguments; not empty.
  package var words: [[UInt8]]

  package init(path: FilePath, words: [[UInt8]]) {
    self.path = path
    self.words = words
  }
}

extension BackupRequest {
  /// Runs the dump commands one after the other, and stores what each writes.
  ///
  /// - Returns: A root tree for each, with nothing but its file.
  /// - Throws: ``StreamBroken`` when one fails: nothing may be saved then.
  func storeDumps(
    _ stillness: Stillness,
    in repository: Repository,
    _ saver: BlobSaver,
    _ interruption: Interruption,
    _ tell: @escaping @Sendable (BackupNotice) -> Void
  ) throws -> [ArchiveResult] {
    try dumps.map { dump in
      tell(.step("dump \(dump.path)"))
      var asked = StreamRequest(
        path: dump.path,
        time: time ?? stillness.instant,
        interruption: interruption
      )
      asked.storesAccessTime = archiving.storesAccessTime
      asked.savers = archiving.savers
      return try StreamSource.program(dump.words).reading { line in
        tell(.warning("dump \(dump.path): \(String(decoding: line, as: UTF8.self))"))
      } _: { stream in
        try StreamBroken.explaining(dump.path) {
          try archive(stream, as: asked, into: repository, saver: saver)
        }
      }
    }
  }

  /// Puts the files of dumps, and other trees, over what was archived; in a dry run there is nothing
  /// to put.
  ///
  /// - Throws: ``RepositoryError``, ``StoreError``, ``Interrupted``.
  func add(
    _ dumps: [ArchiveResult],
    _ others: [BlobID],
    to archived: inout ArchiveResult,
    in repository: Repository,
    _ interruption: Interruption
  ) throws {
    for dump in dumps {
      archived.counts.add(file: dump.counts)
      archived.problems += dump.problems
    }
    let trees = dumps.map(\.tree) + others
    if isDryRun || trees.isEmpty { return }
    archived.tree = try repository.uploading(interruption: interruption) { saver in
      try repository.mergeTrees([archived.tree] + trees, with: saver)
    }
  }
}

extension ArchiveCounts {
  /// Counts what a stream brought; the folders above its file are others' too.
  fileprivate mutating func add(file other: ArchiveCounts) {
    filesNew += other.filesNew
    dataBlobs += other.dataBlobs
    treeBlobs += other.treeBlobs
    bytesAdded += other.bytesAdded
    bytesStored += other.bytesStored
    bytesProcessed += other.bytesProcessed
    bytesRead += other.bytesRead
  }
}
