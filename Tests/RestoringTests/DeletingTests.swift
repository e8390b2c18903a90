import Machine
import Planning
import RepositoryFormat
import Restoring
import TestSupport
import Testing

@Suite struct `Deleting while restoring` {
  /// Puts more into a restored target than the snapshot holds.
  static func clutter(_ target: FilePath) throws {
    try write("x", to: target.appending("extra"))
    try makeDirectories(target.appending("d/more/deep"))
    try write("x", to: target.appending("d/more/deep/file"))
  }

  static func tree() throws -> StoredTree {
    try StoredTree(.file("a", "one"), .directory("d", .file("b", "two")))
  }

  @Test func `removes what the snapshot doesn't hold`() throws {
    let tree = try Self.tree()
    try withTemporaryDirectory { target in
      try tree.restore(to: target)
      try Self.clutter(target)
      let outcome = try tree.restore(to: target) { $0.deletesOthers = true }
      #expect(outcome.counts.filesDeleted == 4)
      #expect(!exists(target.appending("extra")) && !exists(target.appending("d/more")))
      #expect(outcome.items.contains("deleted \(target)/d/more/deep/file"))
      let time = FileTime(seconds: Entry.time.seconds, nanoseconds: Entry.time.nanoseconds)
      #expect(try fileMetadata(of: target.appending("d")).modified == time)
      #expect(try text(target.appending("d/b")) == "two")
    }
  }

  @Test func `removes nothing unless asked, and nothing in a dry run`() throws {
    let tree = try Self.tree()
    try withTemporaryDirectory { target in
      try tree.restore(to: target)
      try Self.clutter(target)
      #expect(try tree.restore(to: target).counts.filesDeleted == 0)
      let outcome = try tree.restore(to: target) {
        $0.deletesOthers = true
        $0.isDryRun = true
      }
      #expect(outcome.counts.filesDeleted == 4)
      #expect(exists(target.appending("extra")) && exists(target.appending("d/more/deep/file")))
    }
  }

  @Test func `removes only what is selected`() throws {
    let tree = try Self.tree()
    try withTemporaryDirectory { target in
      try tree.restore(to: target)
      try Self.clutter(target)
      let patterns = try PatternList(["extra"])
      try tree.restore(to: target) {
        $0.deletesOthers = true
        $0.selection = .excluding(patterns, caseless: PatternList())
      }
      #expect(exists(target.appending("extra")) && !exists(target.appending("d/more")))
    }
  }

  @Test func `removes a link, not what it points to`() throws {
    let tree = try Self.tree()
    try withTemporaryDirectory { folder in
      let target = folder.appending("target")
      try makeDirectories(folder.appending("outside"))
      try write("precious", to: folder.appending("outside/file"))
      try tree.restore(to: target)
      let open = try openDirectory(target)
      try makeSymbolicLink(
        in: open.raw,
        FileName("way"),
        to: FileName("../outside"),
        subject: target
      )
      try tree.restore(to: target) { $0.deletesOthers = true }
      #expect(!exists(target.appending("way")))
      #expect(try text(folder.appending("outside/file")) == "precious")
    }
  }

  @Test func `removes nothing of / without a filter`() throws {
    let tree = try Self.tree()
    for target in ["/", "/../.", "//"] as [FilePath] {
      #expect(throws: RestoreError.self) {
        try tree.restore(to: target) {
          $0.deletesOthers = true
          $0.isDryRun = true
        }
      }
    }
  }

  @Test(.requiresRoot) func `leaves a mounted file system alone`() throws {
    let tree = try Self.tree()
    try withTemporaryDirectory { target in
      try tree.restore(to: target)
      let point = target.appending("mounted")
      try makeDirectories(point)
      let mount = Program("/usr/bin/mount")
      try mount.succeed("-t", "tmpfs", "-o", "size=1m", "tmpfs", point.string)
      defer { try? unmount(point) }
      try write("precious", to: point.appending("file"))
      let outcome = try tree.restore(to: target) { $0.deletesOthers = true }
      #expect(outcome.counts.problems == 1)
      #expect(try text(point.appending("file")) == "precious")
    }
  }
}
