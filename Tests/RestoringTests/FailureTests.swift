import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import Restoring
import TestSupport
import Testing

@Suite struct `A restore that can't succeed` {
  @Test func `names the files of a damaged pack and restores the others`() throws {
    let tree = try StoredTree(
      .file("bad", "whole ", "broken"),
      .file("good", "fine"),
      .file("same", "broken"),
      Entry.file("linked", "broken").with { $0.links = 2 },
      Entry.file("other", "broken").with { $0.links = 2 }
    )
    let broken = BlobID(sha256(Array("broken".utf8)))
    let location = try #require(tree.repository.location(.data, broken))
    let name = ObjectName(kind: "data", name: location.pack.digest.hex)
    var bytes = try tree.store.get(name)
    bytes[Int(location.offset) + 20] ^= 1
    try tree.store.put(name, bytes)
    try withTemporaryDirectory { target in
      let outcome = try tree.restore(to: target)
      let problems = ["/bad", "/linked", "/other", "/same"].map { "problem \($0)" }
      #expect(outcome.items == problems + ["restored /good"])
      #expect(outcome.counts.problems == 4)
      #expect(try text(target.appending("good")) == "fine")
    }
  }

  @Test func `names the files of a missing pack`() throws {
    let tree = try StoredTree(.file("a", "1", "2"), .file("empty"), .file("z", "3"))
    for pack in try tree.store.list("data") {
      let data = try #require(
        tree.repository.location(.data, BlobID(sha256(Array("1".utf8))))
      )
      if pack.name.name == data.pack.digest.hex { try tree.store.remove(pack.name) }
    }
    try withTemporaryDirectory { target in
      let outcome = try tree.restore(to: target)
      #expect(outcome.items == ["problem /a", "problem /z", "restored /empty"])
    }
  }

  @Test func `names a directory whose tree is lost and removes nothing there`() throws {
    let lost = Entry.directory("lost", .file("inside", "x"))
    let tree = try StoredTree(lost, .file("z", "x"))
    // The same tree in a repository that lacks one of its blobs.
    let other = try Repository.forTesting()
    var nodes = try tree.repository.loadTree(tree.root)
    nodes[0].subtree = BlobID(sha256([1]))
    let root = try other.uploading { saver in
      try Array("x".utf8).withUnsafeBytes { _ = try saver.save($0, as: .data) }
      return try encodeTree(nodes).withUnsafeBytes { try saver.save($0, as: .tree).id }
    }
    try other.loadIndex()
    try withTemporaryDirectory { target in
      try makeDirectories(target.appending("lost"))
      try write("mine", to: target.appending("lost/mine"))
      let outcome = try StoredTree.restore(root, from: other, to: target) {
        $0.deletesOthers = true
      }
      #expect(outcome.items == ["problem /lost", "restored /lost", "restored /z"])
      #expect(try text(target.appending("lost/mine")) == "mine")
    }
  }

  @Test(.requiresRoot) func `ends with a clear error when the disk is full`() throws {
    let chunk = [UInt8](repeating: 1, count: 400_000)
    let files = (0..<10).map { index in
      Entry.file(bytes: Array("f\(index)".utf8), [chunk, [UInt8(index)]])
    }
    let tree = try StoredTree(files)
    try withTemporaryDirectory { target in
      try Program("/usr/bin/mount")
        .succeed("-t", "tmpfs", "-o", "size=1m", "tmpfs", target.string)
      defer { try? unmount(target) }
      let error = #expect(throws: RestoreError.self) { try tree.restore(to: target) }
      #expect(error?.description == "no room left at \(target)")
      #expect((error?.cause as? SystemCallError)?.errno == .noSpace)
    }
  }

  @Test(.requiresRoot)
  func `makes the other names of a file whose attributes can't be set`() throws {
    let attribute = NodeAttribute(
      name: Array("user.much".utf8),
      value: [UInt8](repeating: 7, count: 60_000)
    )
    func name(_ name: String) -> Entry {
      Entry.file(name, "whole").with {
        $0.links = 2
        $0.attributes = [attribute]
      }
    }
    let tree = try StoredTree(name("a"), name("b"))
    try LoopDevice.with("ext4", sizeMiB: 64) { device in
      let outcome = try tree.restore(to: device.mountPoint)
      #expect(outcome.items.filter { $0.hasPrefix("problem") } == ["problem /a"])
      #expect(try text(device.mountPoint.appending("a")) == "whole")
      #expect(try text(device.mountPoint.appending("b")) == "whole")
      let links = try fileMetadata(of: device.mountPoint.appending("b")).links
      #expect(links == 2)
    }
  }

  @Test(.requiresRoot) func `ends with a clear error when the target is read-only`() throws {
    let tree = try StoredTree(.file("a", "x"))
    try withTemporaryDirectory { target in
      try Program("/usr/bin/mount")
        .succeed("-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", target.string)
      defer { try? unmount(target) }
      let error = #expect(throws: RestoreError.self) { try tree.restore(to: target) }
      #expect(error?.description == "can't write to \(target)")
    }
  }
}
