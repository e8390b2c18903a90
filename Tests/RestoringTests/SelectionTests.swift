import Machine
import Planning
import RepositoryFormat
import Restoring
import TestSupport
import Testing

@Suite struct `Selecting what to restore` {
  static func tree() throws -> StoredTree {
    try StoredTree(
      .directory(
        "home",
        mode: 0o750,
        .directory("ann", .file("notes.txt", "1"), .file("image.JPG", "2")),
        .directory("bob", .file("notes.txt", "3"))
      ),
      .file("root.txt", "4")
    )
  }

  static func restored(_ selection: RestoreSelection) throws -> [String] {
    let tree = try tree()
    return try withTemporaryDirectory { target in
      let outcome = try tree.restore(to: target) { $0.selection = selection }
      #expect(outcome.counts.problems == 0)
      #expect(outcome.counts.filesTotal == outcome.counts.filesRestored)
      return outcome.items.map { String($0.dropFirst("restored ".count)) }
    }
  }

  @Test func `includes what matches, with the directories on the way`() throws {
    let patterns = try PatternList(["/home/ann/*.txt"])
    let items = try Self.restored(.including(patterns, caseless: PatternList()))
    #expect(items == ["/home", "/home/ann", "/home/ann/notes.txt"])
  }

  @Test func `includes everything below a match`() throws {
    let items = try Self.restored(.including(try PatternList(["ann"]), caseless: PatternList()))
    #expect(items == ["/home", "/home/ann", "/home/ann/image.JPG", "/home/ann/notes.txt"])
  }

  @Test func `includes without regard to case`() throws {
    let caseless = try PatternList(["*.jpg"], ignoringCase: true)
    let items = try Self.restored(.including(PatternList(), caseless: caseless))
    #expect(items == ["/home", "/home/ann", "/home/ann/image.JPG"])
  }

  @Test func `excludes what matches and everything below`() throws {
    let patterns = try PatternList(["/home/ann"])
    let items = try Self.restored(.excluding(patterns, caseless: PatternList()))
    #expect(items == ["/home", "/home/bob", "/home/bob/notes.txt", "/root.txt"])
  }

  @Test func `gives directories on the way their metadata`() throws {
    let tree = try Self.tree()
    try withTemporaryDirectory { target in
      let patterns = try PatternList(["/home/bob/notes.txt"])
      try tree.restore(to: target) {
        $0.selection = .including(patterns, caseless: PatternList())
      }
      let home = try fileMetadata(of: target.appending("home"))
      #expect(home.mode == 0o040750 && home.modified.seconds == Entry.time.seconds)
      #expect(!exists(target.appending("home/ann")) && !exists(target.appending("root.txt")))
    }
  }

  @Test func `a dry run tells the same and writes nothing`() throws {
    let tree = try Self.tree()
    try withTemporaryDirectory { folder in
      let target = folder.appending("target")
      let pretended = try tree.restore(to: target) { $0.isDryRun = true }
      #expect(!exists(target))
      let done = try tree.restore(to: target)
      #expect(pretended.items == done.items)
      #expect(pretended.counts == done.counts)
      try write("changed", to: target.appending("root.txt"))
      let again = try tree.restore(to: target) { $0.isDryRun = true }
      #expect(again.items.contains("updated /root.txt"))
      #expect(try text(target.appending("root.txt")) == "changed")
    }
  }
}
