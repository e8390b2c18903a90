import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Rewriting a tree` {
  private func file(_ name: String) -> Node {
    var node = Node(name: Array(name.utf8), type: .file)
    node.size = 3
    node.content = []
    return node
  }

  private func folder(_ name: String, _ tree: BlobID?) -> Node {
    var node = Node(name: Array(name.utf8), type: .dir)
    node.subtree = tree
    return node
  }

  /// Stores trees, and rewrites the last one.
  private func rewriting<Value>(
    _ trees: [[UInt8]],
    _ body: (TreeRewriter, [BlobID], BlobSaver) throws -> Value
  ) throws -> (value: Value, repository: Repository) {
    let repository = try Repository.forTesting()
    let ids = try repository.uploading { saver in
      try trees.map { try saver.save($0, as: .tree).id }
    }
    let value = try repository.uploading { saver in
      try body(TreeRewriter(repository), ids, saver)
    }
    return (value, repository)
  }

  @Test func `keeps the ids of what doesn't change`() throws {
    let same = encodeTree([file("keep"), file("later")])
    let other = encodeTree([file("gone"), file("stays")])
    var root: BlobID?
    let (tree, repository) = try rewriting([same, other]) { rewriter, ids, saver in
      rewriter.change = { node, _ in node.name != Array("gone".utf8) }
      #expect(try rewriter.rewrite(ids[0], with: saver) == ids[0])
      root = try rewriter.rewrite(ids[1], with: saver)
      return ids
    }
    let changed = try #require(root)
    #expect(changed != tree[1])
    #expect(try repository.loadTree(changed) == [file("stays")])
  }

  @Test func `tells the path of each node, and may take out folders that got empty`() throws {
    let inner = encodeTree([file("a")])
    let middle = encodeTree([folder("in", BlobID(sha256(inner)))])
    let root = encodeTree([file("x"), folder("y", BlobID(sha256(middle)))])
    let seen = Locked<[String]>([])
    let (tree, repository) = try rewriting([inner, middle, root]) { rewriter, ids, saver in
      rewriter.change = { node, path in
        seen.update { $0.append(String(decoding: path, as: UTF8.self)) }
        return node.name != Array("a".utf8)
      }
      rewriter.keepsEmpty = { $0 != Array("/y/in".utf8) }
      return try rewriter.rewrite(ids[2], with: saver)
    }
    #expect(seen.value == ["/x", "/y", "/y/in", "/y/in/a"])
    let nodes = try repository.loadTree(try #require(tree))
    #expect(nodes.map(\.name) == [Array("x".utf8), Array("y".utf8)])
    #expect(try repository.loadTree(try #require(nodes[1].subtree)).isEmpty)
  }

  @Test func `refuses a tree that it can't write as it was`() throws {
    let known = encodeTree([file("a")])
    let text = String(decoding: known, as: UTF8.self)
    for stored in [
      text.replacing("\"size\"", with: "\"new_member\":7,\"size\""),
      text.replacing("{\"nodes\"", with: "{\"version\":2,\"nodes\""),
      text.replacing("]}\n", with: "]}"),
    ] {
      try #require(stored != text)
      _ = try rewriting([Array(stored.utf8)]) { rewriter, ids, saver in
        #expect(throws: TreeRewriteError(path: [0x2f], reason: .wouldLose)) {
          try rewriter.rewrite(ids[0], with: saver)
        }
        rewriter.mayLoseUnknown = true
        let same = try rewriter.rewrite(ids[0], with: saver)
        #expect(same == ids[0])
      }
    }
  }

  @Test func `puts something in the place of what can't be read`() throws {
    let missing = BlobID(sha256([1]))
    let root = encodeTree([folder("lost", missing), folder("none", nil), file("x")])
    let (_, repository) = try rewriting([root]) { rewriter, ids, saver in
      #expect(throws: RepositoryError.self) { try rewriter.rewrite(ids[0], with: saver) }
      rewriter.replacement = { $0 == Array("/lost".utf8) ? .emptyFolder : .nothing }
      let nodes = try rewriter.rewrite(ids[0], with: saver)
      #expect(nodes != nil)
      rewriter.replacement = { _ in .nothing }
      #expect(try rewriter.rewrite(missing, with: saver) == nil)
    }
    _ = repository
  }

  @Test func `sorts what it may change, but never makes two of one name`() throws {
    let text = String(decoding: encodeTree([file("a"), file("b")]), as: UTF8.self)
    let unsorted = text.replacing("\"a\"", with: "\"c\"")
    _ = try rewriting([Array(unsorted.utf8)]) { rewriter, ids, saver in
      #expect(throws: TreeRewriteError(path: [0x2f], reason: .wouldLose)) {
        try rewriter.rewrite(ids[0], with: saver)
      }
      rewriter.mayLoseUnknown = true
      rewriter.change = { node, _ in
        node.size = 4
        return true
      }
      let sorted = try rewriter.rewrite(ids[0], with: saver)
      #expect(sorted != nil)
      rewriter.change = { node, _ in
        node.name = [0x64]
        return true
      }
      #expect(throws: TreeRewriteError(path: [0x2f], reason: .doubleName)) {
        try rewriter.rewrite(ids[0], with: saver)
      }
    }
  }
}
