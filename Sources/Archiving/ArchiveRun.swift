import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// What all threads of one archive share.
///
///     walker ──jobs──▶ readers ──saves──▶ savers ──▶ repository
///        └──────────── finished trees ──────▲
final class ArchiveRun: Sendable {
  let request: ArchiveRequest
  let repository: Repository
  let saver: BlobSaver
  let ledger: ArchiveLedger
  let chunker: Chunker
  let owners = OwnerNames()
  /// Files to read, in batches.
  let jobs: BoundedQueue<[FileJob]>
  /// Blobs and trees to store.
  let saves: BoundedQueue<SaveTask>
  let slabs: SlabPool
  let zeros = ZeroChunk()
  let flusher = LiveFlusher()
  let parentTrees: ParentTrees
  /// What has later times may have changed since the parent's instant; nil without one.
  let parentSettled: FileTime?
  /// Whether the parent's nodes are taken for what didn't change.
  let reusesNodes: Bool
  /// How many directories the walker keeps open on its way down.
  let openMax: Int
  let readerCount: Int
  /// Readers and the walker, while they may still push to `saves`.
  private let producers: Atomic<Int>
  private let failure = Mutex<(any Error)?>(nil)
  private let tree = Mutex<BlobID?>(nil)
  private let isOver = Atomic(false)

  init(
    _ request: ArchiveRequest,
    into repository: Repository,
    saver: BlobSaver,
    ledger: ArchiveLedger
  ) {
    self.request = request
    self.repository = repository
    self.saver = saver
    self.ledger = ledger
    chunker = Chunker(repository.config.chunkerPolynomial)
    readerCount = max(1, request.options.readers)
    // A job holds its directory open: a quarter of what may be open is for them.
    let descriptors = raiseDescriptorLimit(to: 1 << 14)
    jobs = BoundedQueue(weightMax: max(16, min(1024, descriptors / 4))) { $0.count }
    openMax = max(8, min(256, descriptors / 8))
    saves = BoundedQueue(weightMax: 64)
    slabs = SlabPool(count: readerCount + 1, size: Chunker.sizeMax)
    producers = Atomic(readerCount + 1)
    // A quick walk asks for few.
    let isQuick = request.shortcut?.purpose == .quick
    parentTrees = ParentTrees(repository, aheadFrom: isQuick ? nil : request.parentTree)
    parentSettled = request.parentInstant.map {
      FileTime($0).earlier(byNanoseconds: Self.clockSlack)
    }
    let options = request.options
    reusesNodes =
      request.parentNodesHold && parentSettled != nil && request.shortcut?.purpose != .comparing
      && !options.ignoresInode && !options.ignoresChangeTime && !options.storesAccessTime
  }

  /// File times lag behind the clock by up to one tick: 10 ms at 100 Hz.
  static let clockSlack: UInt32 = 20_000_000

  /// Stops everything; the first error is the one that is reported.
  func fail(_ error: any Error) {
    let first = failure.withLock { stored in
      stored = stored ?? error
      return stored ?? error
    }
    isOver.store(true, ordering: .relaxed)
    jobs.fail(first)
    saves.fail(first)
    slabs.fail(first)
    parentTrees.stop()
  }

  /// Says that a reader or the walker pushes nothing more to `saves`.
  func finishProducing() {
    if producers.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { saves.close() }
  }

  /// Says that the root tree is stored.
  func finish(root: BlobID) {
    tree.withLock { $0 = root }
    isOver.store(true, ordering: .relaxed)
  }

  /// Whether a count of what is still to come would come too late.
  var isDone: Bool { isOver.load(ordering: .relaxed) }

  /// The root tree.
  ///
  /// - Throws: The error that stopped everything.
  func result() throws -> BlobID {
    if let error = failure.withLock({ $0 }) { throw error }
    guard let root = tree.withLock({ $0 }) else {
      preconditionFailure("the root completes when all its children did")
    }
    return root
  }
}

/// A file to read.
struct FileJob: Sendable {
  let directory: SharedDescriptor
  let fileName: FileName
  /// The name inside the snapshot.
  let name: [UInt8]
  let parent: DirectoryRecord
  let slot: Int
  let former: Node?
  /// Stored instead of `st_dev`; nil for a live file.
  let frozenDeviceID: UInt64?
  /// Of a live file: what is known of it at the instant; nil when the backup isn't of one.
  let instant: FileInstant?
  let originalPath: FilePath?
  /// What the walk saw.
  let metadata: FileMetadata
  let started: ContinuousClock.Instant?

  var isLive: Bool { frozenDeviceID == nil }
  /// Whether the user named it.
  var isTarget: Bool { originalPath != nil }
  var path: FilePath { originalPath ?? parent.readPath.appending(fileName) }
}

/// Something to store.
enum SaveTask: Sendable {
  /// Blobs that were read into one slab.
  case blobs([BlobPiece], SlabLease)
  /// A directory whose children are all done.
  case tree(DirectoryRecord)
}

/// A blob inside a slab.
struct BlobPiece: Sendable {
  let record: FileRecord
  let place: Int
  let offset: Int
  let length: Int
  /// The blob's id, when it is known without hashing.
  let id: BlobID?
}
