package import Machine
package import RepositoryFormat
import Synchronization

/// Copies what snapshots consist of from one repository to another.
///
/// Blobs stay as they are, so the trees keep their ids; each is verified when it is read, and
/// again when it is sealed for the other repository.
package final class SnapshotCopier: Sendable {
  private let source: Repository
  private let destination: Repository
  private let interruption: Interruption
  private let seen = Mutex<Set<BlobID>>([])

  /// - Parameters:
  ///   - source: With its index loaded.
  ///   - destination: With its index loaded.
  ///   - interruption: Asked between trees and between packs.
  package init(
    from source: Repository,
    to destination: Repository,
    interruption: Interruption = Interruption()
  ) {
    self.source = source
    self.destination = destination
    self.interruption = interruption
  }

  /// Walks through a tree and finds what of it the destination lacks.
  ///
  /// Trees that an earlier call walked through are left out.
  ///
  /// - Throws: ``RepositoryError`` when a tree can't be read or no index file names a blob;
  ///   ``Interrupted``.
  package func missing(of tree: BlobID) throws -> MissingBlobs {
    let found = Mutex(MissingBlobs())
    var waiting = seen.withLock { $0.insert(tree).inserted } ? [tree] : []
    while !waiting.isEmpty {
      let next = Mutex<[BlobID]>([])
      try inParallel(waiting, threads: source.readersMax, interruption: interruption) {
        [self] id in
        let nodes = try source.loadTree(id)
        try add(.tree, [id], to: found)
        try add(.data, nodes.flatMap { $0.content ?? [] }, to: found)
        let subtrees = nodes.compactMap(\.subtree)
        let new = seen.withLock { seen in subtrees.filter { seen.insert($0).inserted } }
        next.withLock { $0 += new }
      }
      waiting = next.withLock { $0 }
    }
    return found.withLock { $0 }
  }

  private func add(
    _ type: BlobType,
    _ ids: [BlobID],
    to found: borrowing Mutex<MissingBlobs>
  ) throws {
    for id in ids where !destination.contains(type, id) {
      guard let location = source.location(type, id) else {
        throw source.failure(.unreadableBlob(type, id), NotIndexed())
      }
      found.withLock { $0.add(type, id, location) }
    }
  }

  /// Copies blobs.
  ///
  /// - Parameters:
  ///   - blobs: What ``missing(of:)`` found.
  ///   - saver: Of the destination.
  ///   - onPack: Called from any thread when all that was wanted of a pack is copied.
  /// - Throws: ``RepositoryError`` when a blob has no whole copy, ``StoreError``,
  ///   ``Interrupted``.
  package func copy(
    _ blobs: MissingBlobs,
    with saver: BlobSaver,
    onPack: @escaping @Sendable () -> Void
  ) throws {
    let packs = blobs.packs.sorted { $0.key < $1.key }.map(\.value)
    try inParallel(packs, threads: source.readersMax, interruption: interruption) {
      [source] blobs in
      for run in MissingBlobs.runs(of: blobs) {
        guard let first = run.first else { continue }
        let entries = run.map { (id: $0.id, location: $0.location) }
        try source.readBlobs(in: first.location.pack, entries, type: first.type) { id, bytes in
          _ = try saver.save(bytes, as: first.type, id: id)
        }
      }
      onPack()
    }
  }
}

/// Blobs that a repository lacks, by the packs of another one that hold them.
package struct MissingBlobs: Sendable {
  struct Blob: Sendable {
    var type: BlobType
    var id: BlobID
    var location: BlobLocation
  }

  private struct Key: Hashable {
    var type: BlobType
    var id: BlobID
  }

  private(set) var packs: [PackID: [Blob]] = [:]
  private var known: Set<Key> = []
  /// What they take where they are, in bytes.
  package private(set) var size: UInt64 = 0

  package var count: Int { known.count }
  package var packCount: Int { packs.count }

  /// Reading over a gap is cheaper than a second request.
  private static let gapMax = 64 << 10
  private static let runMax = 8 << 20

  mutating func add(_ type: BlobType, _ id: BlobID, _ location: BlobLocation) {
    guard known.insert(Key(type: type, id: id)).inserted else { return }
    packs[location.pack, default: []].append(Blob(type: type, id: id, location: location))
    size += UInt64(location.length)
  }

  /// Blobs of one pack that are read at once: of one type, and close together.
  static func runs(of blobs: [Blob]) -> [[Blob]] {
    var runs: [[Blob]] = []
    var start = 0
    var end = 0
    for blob in blobs.sorted(by: { $0.location.offset < $1.location.offset }) {
      let first = Int(blob.location.offset)
      let last = first + Int(blob.location.length)
      let fits =
        runs.last?.first?.type == blob.type && first - end <= gapMax && last - start <= runMax
      if fits {
        runs[runs.count - 1].append(blob)
      } else {
        runs.append([blob])
        start = first
      }
      end = last
    }
    return runs
  }
}
