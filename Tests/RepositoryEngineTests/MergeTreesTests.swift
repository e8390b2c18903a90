import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Trees over each other` {
  private func file(_ name: String, size: UInt64 = 1) -> Node {
    var node = Node(name: Array(name.utf8), type: .file)
    node.size = size
    node.content = []
    return node
  }

  private func folder(_ name: String, _ tree: BlobID, mode: UInt32 = 0o755) -> Node {
    var node = Node(name: Array(name.utf8), type: .dir)
    node.mode = mode
    node.subtree = tree
    return node
  }

  /// The paths in a tree, with what tells nodes apart.
  private func list(_ tree: BlobID, in repository: Repository, _ top: String = "") throws
    -> [String]
  {
    try repository.loadTree(tree).flatMap { node -> [String] in
      let path = "\(top)/\(String(decoding: node.name, as: UTF8.self))"
      guard let subtree = node.subtree else { return ["\(path) \(node.size)"] }
      return ["\(path) \(String(node.mode, radix: 8))"]
        + (try list(subtree, in: repository, path))
    }
  }

  private func merge(_ layers: (BlobSaver) throws -> [BlobID]) throws -> [String] {
    let repository = try Repository.forTesting()
    let ids = try repository.uploading(body: layers)
    let merged = try repository.uploading { try repository.mergeTrees(ids, with: $0) }
    return try list(merged, in: repository)
  }

  @Test func `become one, the last first, with the folders of the lowest`() throws {
    func save(_ saver: BlobSaver, _ nodes: Node...) throws -> BlobID {
      try saver.save(encodeTree(nodes), as: .tree).id
    }
    let found = try merge { saver in
      let low = try save(saver, file("both", size: 1), file("low"))
      let middle = try save(saver, file("both", size: 2), file("middle"))
      let high = try save(saver, file("high"))
      return [
        try save(saver, folder("in", low, mode: 0o700), file("x")),
        try save(saver, folder("in", middle), folder("y", high)),
        try save(saver, file("a"), folder("in", high)),
      ]
    }
    #expect(
      found == [
        "/a 1", "/in 700", "/in/both 2", "/in/high 1", "/in/low 1", "/in/middle 1", "/x 1",
        "/y 755", "/y/high 1",
      ]
    )
  }

  @Test(arguments: [true, false]) func `are refused where one has a folder and another a file`(
    isFolderFirst: Bool
  ) throws {
    #expect(throws: RepositoryError.self) {
      _ = try merge { saver in
        let inner = try saver.save(encodeTree([file("in")]), as: .tree).id
        let roots = try [[folder("a", inner)], [file("a")]].map {
          try saver.save(encodeTree($0), as: .tree).id
        }
        return isFolderFirst ? roots : roots.reversed()
      }
    }
  }

  @Test func `are themselves when they are the same`() throws {
    let repository = try Repository.forTesting()
    let id = try repository.uploading { try $0.save(encodeTree([file("a")]), as: .tree).id }
    let merged = try repository.uploading { try repository.mergeTrees([id, id], with: $0) }
    #expect(merged == id)
  }
}
