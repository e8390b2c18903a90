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
  /// Below the trees that were walked through.
  private let seen = Mutex<BlobSet?>(nil)

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
    let new = try seen.withLock { seen in
      let before = try seen ?? source.noBlobs()
      var found = before
      try source.addBlobs(below: tree, to: &found, interruption)
      seen = found
      found.subtract(before)
      return found
    }
    var missing = MissingBlobs()
    try new.forEach { type, id, location in
      if destination.contains(type, id) { return }
      // What was stored since the index was loaded isn't known there.
      guard let location = location ?? source.location(type, id) else {
        throw source.failure(.unreadableBlob(type, id), NotIndexed())
      }
      missing.add(type, id, location)
    }
    return missing
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

  private(set) var packs: [PackID: [Blob]] = [:]
  /// What they take where they are, in bytes.
  package private(set) var size: UInt64 = 0

  package var count: Int { packs.values.reduce(0) { $0 + $1.count } }
  package var packCount: Int { packs.count }

  /// Reading over a gap is cheaper than a second request.
  private static let gapMax = 64 << 10
  private static let runMax = 4 << 20

  mutating func add(_ type: BlobType, _ id: BlobID, _ location: BlobLocation) {
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
