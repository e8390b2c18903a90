import Machine
import RepositoryFormat
import Restoring
import TestSupport
import Testing

@Suite struct `Restoring sparsely` {
  static let zeros = [UInt8](repeating: 0, count: 512 << 10)
  static let text = [UInt8](repeating: 0x61, count: 100_000)

  @Test func `leaves holes where zeros are`() throws {
    let mixed = Array(Self.text[..<5000]) + Self.zeros + [1]
    let chunks = [Self.zeros, mixed, Self.zeros, Self.zeros]
    let tree = try StoredTree(.file(bytes: Array("a".utf8), chunks))
    try withTemporaryDirectory { target in
      try tree.restore(to: target.appending("thin")) {
        $0.isSparse = true
        $0.verifies = true
      }
      try tree.restore(to: target.appending("thick"))
      #expect(try treeDifferences(target.appending("thin"), target.appending("thick")) == [])
      let thin = try fileMetadata(of: target.appending("thin/a"))
      #expect(thin.size == UInt64(chunks.joined().count))
      #expect(thin.blocks * 512 < 64 << 10)
      // Not by its blocks: a file system may compress them.
      let thick = try openForReading(target.appending("thick/a"))
      #expect(try nextHole(in: thick.raw, from: 0, subject: "thick/a") == thin.size)
    }
  }

  @Test func `makes holes in what was there`() throws {
    var random = SeededRandom(seed: 7)
    let old = [Self.text, random.bytes(Self.zeros.count), Self.text]
    let new = [Self.text, Self.zeros, Self.text]
    let tree = try StoredTree(.file(bytes: Array("a".utf8), old))
    let next = try StoredTree.save(
      [.file(bytes: Array("a".utf8), new)],
      in: tree.repository
    )
    try withTemporaryDirectory { target in
      try tree.restore(to: target)
      let before = try fileMetadata(of: target.appending("a"))
      try StoredTree.restore(next, from: tree.repository, to: target) { $0.isSparse = true }
      let after = try fileMetadata(of: target.appending("a"))
      #expect(after.inode == before.inode)
      #expect(after.blocks < before.blocks)
      #expect(try LocalFiles.read(target.appending("a")) == Array(new.joined()))
    }
  }

  @Test func `brings back a file of more than 4 GiB`() throws {
    var chunks = [[UInt8]](repeating: Self.zeros, count: 8200)
    chunks.append([1, 2, 3])
    let tree = try StoredTree(.file(bytes: Array("large".utf8), chunks))
    try withTemporaryDirectory { target in
      try tree.restore(to: target) { $0.isSparse = true }
      let size = UInt64(8200) * UInt64(Self.zeros.count)
      let found = try fileMetadata(of: target.appending("large"))
      #expect(found.size == size + 3 && found.blocks < 1000)
      let path = target.appending("large")
      #expect(try LocalFiles.read(path, offset: size - 1, length: 10) == [0, 1, 2, 3])
    }
  }
}
