package import Machine
package import RepositoryFormat

/// What of snapshots is counted; the raw value is restic's word for it.
package enum CountingMode: String, Hashable, Sendable {
  /// The size of everything once restored.
  case restoreSize = "restore-size"
  /// Each content once.
  case filesByContents = "files-by-contents"
  /// Each blob once for every path; of files with the same content only the first counts.
  case blobsPerFile = "blobs-per-file"
  /// Each blob once, sealed.
  case rawData = "raw-data"
}

/// What was just counted.
package enum CountedItem: Hashable, Sendable {
  /// A node, with its size.
  case node(UInt64)
  /// A blob, with its sealed size where that is what is counted.
  case blob(UInt64)
}

/// Counts of snapshots, by restic's rules.
package struct SnapshotStatistics {
  package private(set) var snapshots = 0
  package private(set) var files: UInt64 = 0
  package private(set) var blobs: UInt64 = 0
  /// In bytes.
  package private(set) var size: UInt64 = 0
  /// Of raw data: what the blobs would take if none were compressed; 0 in version 1.
  package private(set) var uncompressedSize: UInt64 = 0
  /// The same of those that are compressed.
  package private(set) var compressedBlobsUncompressedSize: UInt64 = 0
  /// What these take.
  package private(set) var compressedBlobsSize: UInt64 = 0

  private struct FileKey: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  private let mode: CountingMode
  private let repository: Repository
  /// Hashes of the IDs of their blobs.
  private var contents: Set<Digest> = []
  private var blobsOfPaths: [[UInt8]: Set<BlobID>] = [:]
  private var links: Set<FileKey> = []
  private var used: BlobSet

  /// Counts nothing yet; the repository's index is loaded.
  ///
  /// - Throws: ``RepositoryError`` when it isn't.
  package init(_ mode: CountingMode, in repository: Repository) throws {
    self.mode = mode
    self.repository = repository
    used = try repository.noBlobs()
  }

  /// Adds a snapshot.
  ///
  /// - Parameters:
  ///   - tree: Of the snapshot.
  ///   - interruption: Asked at every node.
  ///   - report: Gets what is counted.
  /// - Throws: ``RepositoryError`` when a tree can't be read or a blob isn't there,
  ///   ``Interrupted``.
  package mutating func count(
    _ tree: BlobID,
    _ interruption: Interruption,
    report: (CountedItem) -> Void
  ) throws {
    snapshots += 1
    if mode == .rawData { return try repository.addBlobs(below: tree, to: &used, interruption) }
    links = []
    try count(tree, at: [], interruption, report)
  }

  /// Counts what can only be counted when all snapshots are known.
  ///
  /// - Parameter report: Gets what is counted.
  /// - Throws: ``RepositoryError`` when a blob isn't there.
  package mutating func finish(report: (CountedItem) -> Void) throws {
    let used = used
    try used.forEach { type, id, location in
      guard let location else { throw missing(type, id) }
      let length = UInt64(location.length)
      blobs += 1
      size += length
      report(.blob(length))
      guard repository.config.version > 1 else { return }
      let plain = UInt64(location.plainSize + Sealer.overhead)
      uncompressedSize += plain
      guard location.uncompressedLength > 0 else { return }
      compressedBlobsSize += length
      compressedBlobsUncompressedSize += plain
    }
  }

  private mutating func count(
    _ tree: BlobID,
    at folder: [UInt8],
    _ interruption: Interruption,
    _ report: (CountedItem) -> Void
  ) throws {
    for node in try repository.loadTree(tree) {
      try interruption.check()
      report(.node(node.size))
      let path = folder + [UInt8(ascii: "/")] + node.name
      switch mode {
      case .restoreSize: countRestored(node)
      case .filesByContents:
        if isNewContent(of: node) {
          files += 1
          size &+= node.size
        }
      case .blobsPerFile: if isNewContent(of: node) { try countBlobs(of: node, path, report) }
      case .rawData: break
      }
      if let subtree = node.subtree { try count(subtree, at: path, interruption, report) }
    }
  }

  private mutating func countRestored(_ node: Node) {
    files += 1
    let isSingle = node.links == 1 || node.type == .dir || node.inode == 0
    if isSingle || links.insert(FileKey(device: node.deviceID, inode: node.inode)).inserted {
      size &+= node.size
    }
  }

  /// Whatever has no content counts as one empty content.
  private mutating func isNewContent(of node: Node) -> Bool {
    contents.insert(sha256((node.content ?? []).flatMap(\.digest.bytes))).inserted
  }

  private mutating func countBlobs(
    of node: Node,
    _ path: [UInt8],
    _ report: (CountedItem) -> Void
  ) throws {
    for id in node.content ?? [] {
      report(.blob(0))
      if blobsOfPaths[path] == nil { files += 1 }
      guard blobsOfPaths[path, default: []].insert(id).inserted else { continue }
      guard let length = repository.plainSize(.data, id) else { throw missing(.data, id) }
      blobs += 1
      size += UInt64(length)
    }
  }

  private func missing(_ type: BlobType, _ id: BlobID) -> RepositoryError {
    repository.failure(.unreadableBlob(type, id), NotIndexed())
  }
}
