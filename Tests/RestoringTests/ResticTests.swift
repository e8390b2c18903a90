import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import Restoring
import TestSupport
import Testing

@Suite(.serialized, .requires(tool: "restic"))
struct `A snapshot of the real restic` {
  /// A folder with everything that restic stores.
  static func rich() throws -> StoredTree {
    let attributes = [NodeAttribute(name: Array("user.note".utf8), value: [1, 0, 2])]
    let large = (0..<40).map { number in
      (0..<100_000).map { UInt8(truncatingIfNeeded: ($0 &* (number + 7)) >> 3) }
    }
    let linked = Entry.file("linked", "two names").with {
      $0.inode = 1
      $0.links = 2
    }
    return try StoredTree(
      Entry.file("attributed", "x").with { $0.attributes = attributes },
      Entry.directory(
        "d",
        mode: 0o2751,
        .file("setuid", "x", mode: 0o4755),
        .file("unreadable", "x", mode: 0),
        linked.with { $0.name = Array("other".utf8) }
      ).with { $0.attributes = attributes },
      .directory("empty", mode: 0o1777),
      .fifo("fifo"),
      .file("large", "").with { $0.size = 0 },
      .file(bytes: Array("large.data".utf8), large),
      linked,
      .link("loose", to: "nowhere"),
      .file(bytes: [0x6e, 0xc3, 0x28, 0xff, 0x0a], [[0]]),
      .file(bytes: Array("zeros".utf8), [[UInt8](repeating: 0, count: 3 << 20), [1]])
    )
  }

  @Test func `comes back as restic itself brings it back`() throws {
    var restic = try #require(Program.restic)
    try withTemporaryDirectory { folder in
      let location = folder.appending("repository")
      let source = folder.appending("source")
      try Self.rich().restore(to: source)
      restic.environment = [
        "RESTIC_REPOSITORY": location.string,
        "RESTIC_PASSWORD": "test",
        "RESTIC_CACHE_DIR": folder.appending("cache").string,
      ]
      try restic.succeed("init")
      try restic.succeed("backup", "--quiet", source.string)
      try restic.succeed("restore", "latest", "--target", folder.appending("theirs").string)

      let repository = try Repository.openForTesting(LocalStore(path: location))
      let tree = try #require(try repository.snapshots().last?.file.tree)
      for isSparse in [false, true] {
        let ours = folder.appending(isSparse ? "thin" : "thick")
        let outcome = try StoredTree.restore(tree, from: repository, to: ours) {
          $0.isSparse = isSparse
          $0.verifies = true
        }
        #expect(outcome.counts.problems == 0)
        #expect(try treeDifferences(folder.appending("theirs"), ours) == [])
        #expect(try treeDifferences(source, ours.pushing(source.removingRoot())) == [])
      }
    }
  }
}
