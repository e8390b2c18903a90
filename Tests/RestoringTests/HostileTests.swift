import Machine
import RepositoryEngine
import RepositoryFormat
import Restoring
import TestSupport
import Testing

@Suite struct `A hostile snapshot or target` {
  @Test(arguments: ["..", ".", "../evil", "/etc/evil", "a/b", ""])
  func `a name that is no plain name leads nowhere`(name: String) throws {
    let tree = try StoredTree(
      .directory("d", .file(name, "evil"), .file("good", "x")),
      .directory("e", .directory(name, .file("evil", "evil")), .file("good", "x"))
    )
    try withTemporaryDirectory { folder in
      let target = folder.appending("in/target")
      try makeDirectories(target.appending("d"))
      try write("mine", to: target.appending("d/mine"))
      let outcome = try tree.restore(to: target) { $0.deletesOthers = true }
      #expect(outcome.counts.problems == 2)
      #expect(try text(target.appending("d/good")) == "x")
      #expect(try text(target.appending("e/good")) == "x")
      #expect(try text(target.appending("d/mine")) == "mine")
      #expect(!exists(folder.appending("in/evil")) && !exists(target.appending("evil")))
      #expect(!exists(target.appending("d/evil")) && !exists("/etc/evil"))
    }
  }

  @Test func `a link in the way is replaced, never followed`() throws {
    let tree = try StoredTree(
      .directory("d", .file("a", "new")),
      .file("f", "new"),
      .link("l", to: "elsewhere")
    )
    try withTemporaryDirectory { folder in
      let target = folder.appending("target")
      let outside = folder.appending("outside")
      try makeDirectories(target)
      try makeDirectories(outside)
      try write("precious", to: outside.appending("a"), mode: 0o600)
      let open = try openDirectory(target)
      for (name, way) in [("d", "../outside"), ("f", "../outside/a"), ("l", "../outside/a")] {
        try makeSymbolicLink(
          in: open.raw,
          FileName(name),
          to: FileName(way),
          subject: target
        )
      }
      let outcome = try tree.restore(to: target)
      #expect(outcome.counts.problems == 0)
      #expect(try fileMetadata(of: target.appending("d")).type == .directory)
      #expect(try text(target.appending("d/a")) == "new")
      #expect(try fileMetadata(of: target.appending("f")).type == .regular)
      #expect(try text(outside.appending("a")) == "precious")
      #expect(try fileMetadata(of: outside.appending("a")).mode == 0o100600)
    }
  }

  @Test func `an entry that is listed twice does no harm`() throws {
    let tree = try StoredTree(.directory("x", .file("a", "inside")), .link("y", to: ".."))
    let nodes = encodeTree(try tree.repository.loadTree(tree.root))
    let text = String(decoding: nodes, as: UTF8.self)
    let doubled = Array(text.replacing(#""name":"y""#, with: #""name":"x""#).utf8)
    let root = try tree.repository.uploading { saver in
      try doubled.withUnsafeBytes { try saver.save($0, as: .tree).id }
    }
    try tree.repository.loadIndex()
    try withTemporaryDirectory { folder in
      let target = folder.appending("target")
      let outcome = try StoredTree.restore(root, from: tree.repository, to: target)
      // Who comes first is chance: the link can't be made, or the folder that it replaced is gone.
      #expect(outcome.counts.problems > 0)
      #expect(!exists(folder.appending("a")))
    }
  }
}
