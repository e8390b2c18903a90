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

  /// Index files to write anew.
  package fileprivate(set) var files: [String] = []
  /// Index files that only are to be removed, and what is wrong with those that are damaged.
  package fileprivate(set) var obsolete: [(name: String, error: (any Error)?)] = []
  /// Packs that no index file names.
  package fileprivate(set) var unnamed: [PackID] = []
  package fileprivate(set) var resized: [Resized] = []
  /// Packs that the index names, and that aren't there.
  package fileprivate(set) var missing: [PackID] = []
  fileprivate var toRead: [StoredPack] = []

  package var packsToRead: Int { toRead.count }

  /// What the files to write anew no longer say anything of.
  package var excluded: Set<PackID> { Set(toRead.map(\.id) + missing) }
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
        if let error, !Self.isDamage(error) { throw error }
        read.withLock { read in
          if let error { return read.findings.obsolete.append((name, error)) }
          read.findings.files.append(name)
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
    findings.files.sort()
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
        try new.add(pack.id, codecs.with { try PackReader(store, pack).header($0.sealer) })
      } catch  where Self.isDamage(error) {
        broken.withLock { $0.append(pack.id) }
      }
      onPack()
    }
    try new.write()
    return broken.withLock { $0.sorted() }
  }

  /// Whether a file is damaged, and not only out of reach for now.
  private static func isDamage(_ error: any Error) -> Bool {
    if let error = error as? StoreError { return error.isMissing || error.reason == .short }
    return error is RepositoryError || error is FormatError || error is SealError
  }
}
