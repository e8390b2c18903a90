package import Machine
import Synchronization

/// How far an archive is; written by its threads, read by whoever shows it.
package final class ArchiveProgress: Sendable {
  private let files = Atomic<UInt64>(0)
  private let bytes = Atomic<UInt64>(0)
  private let fileTotal = Atomic<UInt64>(0)
  private let byteTotal = Atomic<UInt64>(0)
  private let isCounted = Atomic(false)
  private let problemTotal = Atomic<UInt64>(0)
  private let reading: Mutex<[ObjectIdentifier: @Sendable () -> FilePath]> = Mutex([:])

  package init() {}

  /// Files whose content is known, read or taken from the parent.
  package var filesDone: UInt64 { files.load(ordering: .relaxed) }
  package var bytesDone: UInt64 { bytes.load(ordering: .relaxed) }
  /// What the scan found so far.
  package var filesTotal: UInt64 { fileTotal.load(ordering: .relaxed) }
  package var bytesTotal: UInt64 { byteTotal.load(ordering: .relaxed) }
  /// Whether the scan is through, so that the totals are whole.
  package var hasTotals: Bool { isCounted.load(ordering: .relaxed) }
  package var problems: UInt64 { problemTotal.load(ordering: .relaxed) }

  /// The files that are being read.
  package var currentFiles: [FilePath] { reading.withLock { $0.values.map { $0() } } }

  func addDone(files count: UInt64 = 0, bytes size: UInt64 = 0) {
    if count > 0 { files.add(count, ordering: .relaxed) }
    if size > 0 { bytes.add(size, ordering: .relaxed) }
  }

  /// Takes back the bytes of a file that is read again.
  func takeBack(bytes size: UInt64) { bytes.subtract(size, ordering: .relaxed) }

  func addTotal(files count: UInt64, bytes size: UInt64) {
    fileTotal.add(count, ordering: .relaxed)
    byteTotal.add(size, ordering: .relaxed)
  }

  func finishTotals() { isCounted.store(true, ordering: .relaxed) }

  func addProblem() { problemTotal.add(1, ordering: .relaxed) }

  /// Says what `reader` reads now; nil when it is idle.
  func setCurrent(_ path: (@Sendable () -> FilePath)?, of reader: AnyObject) {
    reading.withLock { $0[ObjectIdentifier(reader)] = path }
  }
}

/// What an archive says while it runs.
package enum ArchiveEvent: Sendable {
  /// An item was archived; only when ``ArchiveOptions/reportsItems`` says so.
  case item(ArchivedItem)
  case problem(ArchiveProblem)
  case unsettled(ArchiveFinding)
}

/// One file or directory that was archived.
package struct ArchivedItem: Hashable, Sendable {
  /// Compared with the parent snapshot.
  package enum Action: Hashable, Sendable {
    case new, modified, unchanged
  }

  package var action: Action
  /// The path inside the snapshot.
  package var path: FilePath
  package var isDirectory: Bool
  package var duration: Duration
  /// Plaintext bytes of new data blobs.
  package var dataSize: UInt64 = 0
  /// What they take in the repository.
  package var dataStored: UInt64 = 0
  /// Plaintext bytes of a new tree blob.
  package var treeSize: UInt64 = 0
  /// What it takes in the repository.
  package var treeStored: UInt64 = 0
}
