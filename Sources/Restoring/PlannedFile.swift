import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// A piece of a file's content.
struct PlannedBlob: Sendable {
  let id: BlobID
  let location: BlobLocation
  /// In the file.
  let offset: UInt64
}

/// A file to restore, and how far that is.
final class PlannedFile: Sendable {
  let directory: DirectoryIndex
  let name: FileName
  /// Without `content`, which is in `blobs`.
  let node: Node
  /// The content, in order.
  let blobs: [PlannedBlob]
  /// What the blobs add up to; `node.size` may be wrong.
  let size: UInt64
  /// What stood at this name when the restore was planned.
  let existing: FileMetadata?

  struct State: ~Copyable {
    /// Which blobs the existing file holds already; nil when nothing is kept.
    var matching: [Bool]?
    /// Blobs still to write.
    var remaining = 0
    /// Whether the file is there with the right size, and only blobs are missing.
    var isPrepared = false
    var hasFailed = false
    var file: WritableFile?
  }
  let state = Mutex(State())

  init(
    directory: DirectoryIndex,
    name: FileName,
    node: Node,
    blobs: [PlannedBlob],
    size: UInt64,
    existing: FileMetadata?
  ) {
    self.directory = directory
    self.name = name
    self.node = node
    self.blobs = blobs
    self.size = size
    self.existing = existing
  }

  var hasFailed: Bool { state.withLock { $0.hasFailed } }
}

/// An open file that is closed when its last user goes away, or loudly before.
final class WritableFile: Sendable {
  let raw: CInt
  private let descriptor: Mutex<Descriptor?>

  init(_ descriptor: consuming Descriptor) {
    raw = descriptor.raw
    self.descriptor = Mutex(descriptor)
  }

  /// Closes; nobody may use it any more.
  ///
  /// - Throws: ``SystemCallError`` when written bytes were lost.
  func close(of path: @autoclosure () -> FilePath) throws {
    let open = descriptor.withLock { $0.take() }
    if let open { try open.close(of: path()) }
  }
}
