import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// A file whose content is being stored: its blobs are saved by several threads, in any order.
final class FileRecord: Sendable {
  private struct State {
    var content: [BlobID] = []
    /// Blobs that are not saved, and the reader while it reads.
    var pending = 1
    var stored = StoredBlobs()
    var size: UInt64 = 0
  }

  let directory: DirectoryRecord
  let slot: Int
  /// The node without content and size.
  let node: Node
  let former: Node?
  let started: ContinuousClock.Instant?
  private let state = Mutex(State())

  init(
    directory: DirectoryRecord,
    slot: Int,
    node: Node,
    former: Node?,
    started: ContinuousClock.Instant?
  ) {
    self.directory = directory
    self.slot = slot
    self.node = node
    self.former = former
    self.started = started
  }

  /// Makes room for the next blob.
  ///
  /// - Returns: Its place, for ``complete(_:at:size:)``.
  func expectBlob() -> Int {
    state.withLock { state in
      state.pending += 1
      state.content.append(Self.unknown)
      return state.content.count - 1
    }
  }

  /// How many blobs a file may have when most of it is holes: their names are held in memory.
  private static let blobsMax = 1 << 25

  /// Whether a hole of so many blobs isn't too much.
  func hasRoom(for count: Int) -> Bool {
    state.withLock { count <= Self.blobsMax - $0.content.count }
  }

  /// Adds `count` times the blob `id`, which is stored already.
  func addKnown(_ id: BlobID, count: Int) {
    state.withLock { $0.content.append(contentsOf: repeatElement(id, count: count)) }
  }

  /// Puts an announced blob of `size` bytes.
  ///
  /// - Returns: Whether the file is complete.
  func complete(_ blob: SavedBlob, at place: Int, size: Int) -> Bool {
    state.withLock { state in
      state.content[place] = blob.id
      if blob.isNew { state.stored.add(size: size, stored: blob.storedSize) }
      state.pending -= 1
      return state.pending == 0
    }
  }

  /// Says that the file was read to its end, `size` bytes; a record that isn't sealed never
  /// completes.
  ///
  /// - Returns: Whether the file is complete.
  func seal(size: UInt64) -> Bool {
    state.withLock { state in
      state.size = size
      state.pending -= 1
      return state.pending == 0
    }
  }

  /// The node with its content, and what was stored for it; takes them out.
  func takeNode() -> (node: Node, stored: StoredBlobs) {
    state.withLock { state in
      var node = node
      node.content = state.content
      node.size = state.size
      state.content = []
      return (node, state.stored)
    }
  }

  private static let unknown = BlobID(Digest(bytes: [UInt8](repeating: 0, count: 32)))
}

/// New blobs, counted.
struct StoredBlobs: Hashable, Sendable {
  var count: UInt64 = 0
  /// Plaintext bytes.
  var size: UInt64 = 0
  /// Bytes in the repository.
  var stored: UInt64 = 0

  mutating func add(size: Int, stored: Int) {
    count += 1
    self.size += UInt64(size)
    self.stored += UInt64(stored)
  }
}
