import Machine
import ObjectStorage
import RepositoryFormat
import Synchronization

/// An index file, by what it names.
struct IndexedFile: Sendable {
  var name: String
  var packs: [PackID]
  var blobs: Int
}

extension Repository {
  /// Reads all index files and returns what each names.
  ///
  /// - Throws: ``RepositoryError`` naming a damaged index file, ``StoreError``, ``Interrupted``.
  func loadIndexFiles(_ interruption: Interruption) throws -> [IndexedFile] {
    let files = Mutex<[IndexedFile]>([])
    try loadIndex(interruption) { name, packs, error in
      if let error { throw error }
      let blobs = packs.values.reduce(0) { $0 + $1.blobs }
      let file = IndexedFile(name: name, packs: Array(packs.keys), blobs: blobs)
      files.withLock { $0.append(file) }
    }
    return files.withLock { $0.sorted { $0.name < $1.name } }
  }

  /// Writes index files anew so that none names `gone`, and removes those they replace once the
  /// new ones are durable.
  ///
  /// Small index files are put together on the way. What other processes wrote since `files` were
  /// read stays as it is.
  ///
  /// - Parameters:
  ///   - files: All that were loaded.
  ///   - gone: Packs that are about to be removed.
  ///   - index: What `files` say.
  /// - Returns: The names of the files that were removed.
  /// - Throws: ``StoreError``; then the old files are all there.
  func rewriteIndex(
    _ files: [IndexedFile],
    without gone: Set<PackID>,
    _ index: BlobIndex
  ) throws -> [String] {
    var replaced = files.filter { $0.packs.contains(where: gone.contains) }
    let small = files.filter { file in
      file.blobs < options.indexBlobsMax && !replaced.contains { $0.name == file.name }
    }
    if replaced.count + small.count > 1 { replaced += small }
    let named = Set(replaced.flatMap(\.packs)).subtracting(gone)
    try writeIndex(of: index.packs.map(named.contains), index)
    for file in replaced { try removeFile(.index, file.name) }
    return replaced.map(\.name)
  }

  /// Writes index files that name the wanted packs, as `index` knows them.
  func writeIndex(of wanted: [Bool], _ index: BlobIndex) throws {
    let contents = PackContents(index, of: wanted)
    let pending = PendingIndex(self)
    for number in wanted.indices where wanted[number] {
      try pending.add(index.packs[number], contents.blobs(number))
    }
    try pending.write()
  }
}
