import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport

/// Bytes that don't compress.
func noise(_ count: Int, seed: Int) -> [UInt8] {
  var random = SeededRandom(seed: UInt64(seed))
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 8)
  while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
  return Array(bytes.prefix(count))
}

/// Bytes that compress well.
func prose(_ count: Int, seed: Int) -> [UInt8] {
  var bytes: [UInt8] = []
  var line = seed
  while bytes.count < count {
    bytes.append(contentsOf: Array("line \(line) of a text\n".utf8))
    line += 1
  }
  return Array(bytes.prefix(count))
}

extension BlobSaver {
  @discardableResult
  func save(_ bytes: [UInt8], as type: BlobType = .data) throws -> SavedBlob {
    try bytes.withUnsafeBytes { try save($0, as: type) }
  }
}

extension Repository {
  /// Stores files in one folder, and a snapshot of it.
  @discardableResult
  func backUp(_ files: [(name: String, content: [UInt8])]) throws -> SnapshotID {
    let tree = try uploading { saver in
      let nodes = try files.map { file in
        var node = Node(name: Array(file.name.utf8), type: .file)
        node.mode = 0o644
        node.size = UInt64(file.content.count)
        node.content = file.content.isEmpty ? [] : [try saver.save(file.content).id]
        return node
      }
      return try saver.save(encodeTree(nodes), as: .tree).id
    }
    let time = NodeTime(seconds: 1_700_000_000, nanoseconds: 5)
    var file = SnapshotFile(time: time, tree: tree, paths: [Array("/x".utf8)])
    file.hostname = "here"
    return try saveSnapshot(file)
  }
}

/// What a check of the repository in `store`, opened anew, finds, reading everything.
func problems(in store: any ObjectStore) throws -> [String] {
  let found = Locked<[String]>([])
  var options = CheckOptions()
  options.packs = .all
  let repository = try Repository.openForTesting(store)
  _ = try repository.check(
    options,
    onProblem: { problem in
      if !problem.isHint { found.update { $0.append(problem.description) } }
    }
  )
  return found.value
}
