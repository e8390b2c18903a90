package import Machine
import ObjectStorage
package import RepositoryFormat
import Synchronization

/// In what the index differs from the packs that are there.
package struct IndexFindings: Sendable {
  package struct Resized: Sendable {
    package var pack: PackID
    package var size: UInt64
    /// By the index.
    package var indexedSize: UInt64
  }

  /// Index files that stay, or are written anew.
  fileprivate var files: [IndexedFile] = []
  /// Index files that only are to be removed, and what is wrong with those that are damaged.
  package fileprivate(set) var obsolete: [(name: String, error: (any Error)?)] = []
  /// Packs that no index file names.
  package fileprivate(set) var unnamed: [PackID] = []
  package fileprivate(set) var resized: [Resized] = []
  /// Packs that the index names, and that aren't there.
  package fileprivate(set) var missing: [PackID] = []
  fileprivate var toRead: [StoredPack] = []

  package var packsToRead: Int { toRead.count }
  package var fileCount: Int { files.count }

  /// What old index files are no longer to say anything of.
  fileprivate var excluded: Set<PackID> { Set(toRead.map(\.id) + missing) }
}

extension Repository {
  /// Compares the index with the packs that are there.
  ///
  /// - Parameters:
  ///   - readsAll: Believe no index file.
  ///   - interruption: Asked between files.
  /// - Returns: The differences.
  /// - Throws: ``StoreError``, ``Interrupted``.
  package func inspectIndex(
    readingAllPacks readsAll: Bool,
    interruption: Interruption = Interruption()
  ) throws -> IndexFindings {
    var findings = IndexFindings()
    var indexed: [PackID: IndexedPack] = [:]
    if readsAll {
      findings.obsolete = try names(of: .index).map { ($0, nil) }
    } else {
      let read = Mutex((findings: findings, indexed: indexed))
      try loadIndex(interruption) { name, packs, error in
        if let error, !isLoss(error) { throw error }
        read.withLock { read in
          if let error { return read.findings.obsolete.append((name, error)) }
          let blobs = packs.values.reduce(0) { $0 + $1.blobs }
          read.findings.files.append(
            IndexedFile(name: name, packs: Array(packs.keys), blobs: blobs)
          )
          read.indexed.merge(packs) { known, other in
            var known = known
            known.add(other)
            return known
          }
        }
      }
      (findings, indexed) = read.withLock { $0 }
    }
    let stored = try store.list(FileKind.data.rawValue)
    for object in stored.sorted(by: { $0.name.name < $1.name.name }) {
      guard let id = Digest(hex: object.name.name).map(PackID.init) else { continue }
      let said = indexed.removeValue(forKey: id)
      if let said {
        if said.size == object.size && !said.differs { continue }
        findings.resized.append(.init(pack: id, size: object.size, indexedSize: said.size))
      } else {
        findings.unnamed.append(id)
      }
      findings.toRead.append(StoredPack(id: id, size: object.size))
    }
    findings.missing = indexed.keys.sorted()
    findings.files.sort { $0.name < $1.name }
    return findings
  }

  /// Reads the headers of the packs about which the index is wrong, and writes index files that
  /// name what they hold.
  ///
  /// - Parameters:
  ///   - findings: From ``inspectIndex(readingAllPacks:interruption:)``.
  ///   - interruption: Asked between packs.
  ///   - onPack: Called from any thread for each pack.
  /// - Returns: The packs whose headers can't be read.
  /// - Throws: ``StoreError``, ``Interrupted``.
  package func indexPacks(
    of findings: IndexFindings,
    interruption: Interruption = Interruption(),
    onPack: @escaping @Sendable () -> Void
  ) throws -> [PackID] {
    let new = PendingIndex(self)
    let broken = Mutex<[PackID]>([])
    try inParallel(findings.toRead, threads: readersMax, interruption: interruption) {
      [self] pack in
      do {
        let header = try readingAgain {
          try codecs.with { try PackReader(store, pack).header($0.sealer) }
        }
        try new.add(pack.id, header)
      } catch  where isLoss(error) {
        broken.withLock { $0.append(pack.id) }
      }
      onPack()
    }
    try new.write()
    return broken.withLock { $0.sorted() }
  }

  /// Makes index files forget packs that were read anew or are gone, and removes those that are of
  /// no use.
  ///
  /// What replaces them is durable before. What the index knows of a damaged pack stays, unlike
  /// restic: nothing else tells where in it the whole blobs are.
  ///
  /// - Parameters:
  ///   - findings: From ``inspectIndex(readingAllPacks:interruption:)``.
  ///   - damaged: What ``indexPacks(of:interruption:onPack:)`` returned.
  /// - Returns: The names of the files that were removed.
  /// - Throws: ``StoreError``; then the old files are all there, or those that are of no use.
  package func rewriteIndex(
    after findings: IndexFindings,
    keeping damaged: [PackID]
  ) throws -> [String] {
    var removed: [String] = []
    if let loadedIndex, !findings.files.isEmpty {
      let gone = findings.excluded.subtracting(damaged)
      removed = try rewriteIndex(findings.files, without: gone, loadedIndex)
    }
    for (name, _) in findings.obsolete { try removeFile(.index, name) }
    return removed + findings.obsolete.map(\.name)
  }

  /// Makes index files forget packs that are about to be removed.
  ///
  /// - Parameters:
  ///   - packs: The packs.
  ///   - interruption: Asked between files while they are read.
  /// - Returns: How many files there were, and the names of those that were removed.
  /// - Throws: ``RepositoryError`` naming a damaged index file, ``StoreError``, ``Interrupted``.
  package func rewriteIndex(
    without packs: Set<PackID>,
    interruption: Interruption = Interruption()
  ) throws -> (count: Int, removed: [String]) {
    let files = try loadIndexFiles(interruption)
    guard let loadedIndex else { throw failure(.misuse("no index")) }
    return (files.count, try rewriteIndex(files, without: packs, loadedIndex))
  }
}
