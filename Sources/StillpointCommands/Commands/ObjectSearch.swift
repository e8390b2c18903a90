import RepositoryEngine
import RepositoryFormat

/// A blob or tree that was found, and where.
struct FoundObject {
  var type: BlobType
  var id: BlobID
  /// Of the file or folder.
  var path: [UInt8]
  /// The tree that holds the file.
  var parent: BlobID?
}

/// IDs, or their first eight digits.
struct WantedIDs {
  private(set) var whole: Set<Digest> = []
  /// Texts that stand for IDs which aren't known yet.
  private(set) var texts: Set<String>
  private var beginnings: Set<UInt32> = []

  init(_ texts: Set<String> = []) {
    self.texts = texts
    for text in texts {
      if let digest = Digest(hex: text) {
        add(digest)
      } else if text.utf8.count == 8, text == text.lowercased(),
        let beginning = UInt32(text, radix: 16)
      {
        beginnings.insert(beginning)
      }
    }
  }

  var isEmpty: Bool { whole.isEmpty && texts.isEmpty }

  mutating func add(_ id: Digest) {
    whole.insert(id)
    texts.remove(id.hex)
  }

  /// Whether an ID is wanted; it is then known.
  mutating func contains(_ id: Digest) -> Bool {
    if whole.contains(id) { return true }
    if beginnings.isEmpty || beginnings.remove(UInt32(id.words.0 >> 32)) == nil { return false }
    whole.insert(id)
    texts.remove(id.short)
    return true
  }
}

/// A search for what holds given blobs and trees.
struct ObjectSearch {
  private var blobs: WantedIDs
  private var trees: WantedIDs
  /// Whether one place of each tree in a snapshot is enough.
  private let isDoneEarly: Bool

  init(blobs: Set<String> = [], trees: Set<String> = []) {
    self.blobs = WantedIDs(blobs)
    self.trees = WantedIDs(trees)
    isDoneEarly = blobs.isEmpty
  }

  /// Searches for all that is in packs; what a missing one held is asked of the index.
  ///
  /// - Throws: ``UsageError`` when there is no such pack, ``RepositoryError``, ``StoreError``.
  init(packs: Set<String>, in repository: Repository, _ output: Output) throws {
    (blobs, trees, isDoneEarly) = (WantedIDs(), WantedIDs(), false)
    var wanted = WantedIDs(packs)
    var read: Set<Digest> = []
    for pack in try repository.packs() where wanted.contains(pack.id.digest) {
      read.insert(pack.id.digest)
      for blob in try repository.blobs(in: pack) { add(blob.type, blob.id) }
    }
    if wanted.texts.isEmpty && wanted.whole == read { return }
    var indexed: Set<Digest> = []
    repository.forEachIndexedBlob { type, id, location in
      let pack = location.pack.digest
      guard wanted.contains(pack), !read.contains(pack) else { return }
      indexed.insert(pack)
      add(type, id)
    }
    func list(_ names: some Sequence<String>) -> String {
      "[\(names.sorted().joined(separator: " "))]"
    }
    if !indexed.isEmpty {
      output.error([
        "some pack files are missing from the repository, getting their blobs from the "
          + "repository index: \(list(indexed.map(\.hex)))", "",
      ])
    }
    let missing = wanted.texts.union(wanted.whole.subtracting(read.union(indexed)).map(\.hex))
    if !missing.isEmpty { throw UsageError("unable to find pack(s): \(list(missing))") }
  }

  /// Walks through a snapshot and gives `found` what it finds.
  ///
  /// - Throws: What `walk` and `found` throw.
  mutating func run(
    _ walk: SnapshotWalk,
    _ tree: BlobID,
    found: @escaping (FoundObject) throws -> Void
  ) throws {
    var search = self
    defer { self = search }
    var seen: Set<BlobID> = []
    let look = { (id: BlobID, path: [UInt8]) throws in
      guard search.trees.contains(id.digest) else { return }
      guard seen.insert(id).inserted || !search.isDoneEarly else { return }
      try found(FoundObject(type: .tree, id: id, path: path))
    }
    var walk = walk
    walk.visit = { item in
      let isComplete = search.trees.texts.isEmpty && seen.count == search.trees.whole.count
      if search.isDoneEarly && isComplete { return false }
      if let subtree = item.node.subtree { try look(subtree, item.path) }
      guard item.node.type == .file && !search.blobs.isEmpty else { return true }
      for id in item.node.content ?? [] where search.blobs.contains(id.digest) {
        try found(FoundObject(type: .data, id: id, path: item.path, parent: item.parent))
      }
      return true
    }
    try look(tree, [UInt8(ascii: "/")])
    try walk.run(tree)
  }

  /// In which packs the blobs and trees are, in restic's words.
  func packLines(in repository: Repository) -> [String] {
    [(BlobType.data, blobs), (.tree, trees)].flatMap { type, wanted in
      wanted.whole.sorted().flatMap { Self.packLines($0, type, repository) }
        + wanted.texts.sorted().map {
          "Note: cannot find pack for object '\($0)', unable to parse ID: "
            + "invalid length for ID: \"\($0)\""
        }
    }
  }

  private static func packLines(
    _ id: Digest,
    _ type: BlobType,
    _ repository: Repository
  ) -> [String] {
    guard let location = repository.location(type, BlobID(id)) else {
      return ["Object \(type.word) with type \(id.short) not found in the index"]
    }
    return [
      "Object belongs to pack \(location.pack.digest.hex)",
      " ... Pack \(location.pack.digest.short): <Blob (\(type.word)) \(id.short), "
        + "offset \(location.offset), length \(location.length), "
        + "uncompressed length \(location.uncompressedLength)>",
    ]
  }

  private mutating func add(_ type: BlobType, _ id: BlobID) {
    if type == .data { blobs.add(id.digest) } else { trees.add(id.digest) }
  }
}
