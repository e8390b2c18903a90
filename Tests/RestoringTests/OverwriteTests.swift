import Machine
import RepositoryFormat
import Restoring
import TestSupport
import Testing

@Suite struct `Restoring over what is there` {
  /// What is done with a file, by policy and by its state.
  enum Expected { case written, kept, metadata }

  struct Case: Sendable {
    let policy: OverwritePolicy
    /// Relative to the snapshot's.
    let age: Int64
    let content: String
    let expected: Expected
  }

  /// The snapshot holds "12345".
  static let cases: [Case] = [
    Case(policy: .always, age: 0, content: "54321", expected: .written),
    Case(policy: .always, age: 9, content: "12345", expected: .metadata),
    Case(policy: .ifChanged, age: 0, content: "54321", expected: .kept),
    Case(policy: .ifChanged, age: 9, content: "54321", expected: .written),
    Case(policy: .ifChanged, age: 0, content: "123456", expected: .written),
    Case(policy: .ifNewer, age: 9, content: "54321", expected: .kept),
    Case(policy: .ifNewer, age: 0, content: "54321", expected: .kept),
    Case(policy: .ifNewer, age: -9, content: "54321", expected: .written),
    Case(policy: .never, age: -9, content: "54321", expected: .kept),
  ]

  @Test(arguments: cases)
  func `follows the policy`(_ test: Case) throws {
    let node = Entry.file("a", "12", "345").with { $0.modified.nanoseconds = 0 }
    let tree = try StoredTree(node, .file("new", "x"))
    try withTemporaryDirectory { target in
      let path = target.appending("a")
      try write(test.content, to: path, mode: 0o600)
      try setTime(path, seconds: Entry.time.seconds + test.age)
      let outcome = try tree.restore(to: target) { $0.overwrite = test.policy }
      #expect(outcome.counts.problems == 0)
      #expect(try text(target.appending("new")) == "x")
      #expect(try text(path) == (test.expected == .written ? "12345" : test.content))
      let isKept = test.expected != .written
      #expect(outcome.counts.filesSkipped == (isKept ? 1 : 0))
      #expect(outcome.counts.bytesSkipped == (isKept ? 5 : 0))
      #expect(outcome.items == [isKept ? "unchanged /a" : "updated /a", "restored /new"].sorted())
      let mode = try fileMetadata(of: path).mode
      let touchesMetadata = test.policy == .always || test.policy == .ifChanged || !isKept
      #expect(mode == (touchesMetadata ? 0o100644 : 0o100600))
    }
  }

  @Test func `fetches only the blobs that differ`() throws {
    let parts = (0..<20).map { String(repeating: "\($0),", count: 5000) }
    let entry = Entry.file(bytes: Array("a".utf8), parts.map { Array($0.utf8) })
    let tree = try StoredTree(entry)
    try withTemporaryDirectory { target in
      let path = target.appending("a")
      try tree.restore(to: target)
      let inode = try fileMetadata(of: path).inode
      var damaged = parts
      damaged[7] = String(repeating: "?", count: damaged[7].utf8.count)
      let folder = try openDirectory(target)
      do {
        let file = try openFile(in: folder.raw, FileName("a"), .changing, subject: path)
        try Array(damaged.joined().utf8).withUnsafeBytes {
          try write($0, to: file.raw, at: 0, subject: path)
        }
        try truncate(file.raw, to: 1_000_000, subject: path)
      }
      let outcome = try tree.restore(to: target)
      #expect(outcome.items == ["updated /a"])
      #expect(try text(path) == parts.joined())
      #expect(try fileMetadata(of: path).inode == inode)
      #expect(outcome.counts.bytesRestored == outcome.counts.bytesTotal)
    }
  }

  @Test func `cuts a file that only grew, and empties one`() throws {
    let tree = try StoredTree(.file("a", "12", "345"), .file("b"))
    try withTemporaryDirectory { target in
      try write("12345 and more", to: target.appending("a"))
      try write("something", to: target.appending("b"))
      try tree.restore(to: target)
      #expect(try text(target.appending("a")) == "12345")
      #expect(try text(target.appending("b")) == "")
    }
  }

  @Test func `changes no other name of a file`() throws {
    let tree = try StoredTree(.file("a", "new"))
    try withTemporaryDirectory { target in
      try write("precious", to: target.appending("other"))
      let folder = try openDirectory(target)
      try makeHardLink(
        in: folder.raw,
        FileName("a"),
        to: FileName("other"),
        in: folder.raw,
        subject: target
      )
      try tree.restore(to: target)
      #expect(try text(target.appending("a")) == "new")
      #expect(try text(target.appending("other")) == "precious")
    }
  }

  @Test func `replaces what is of another type`() throws {
    let tree = try StoredTree(
      .file("a", "file"),
      .directory("d", .file("b", "deep")),
      .link("l", to: "a"),
      .fifo("f"),
      .file("full", "file")
    )
    try withTemporaryDirectory { target in
      try makeDirectories(target.appending("a"))
      try write("file", to: target.appending("d"))
      try makeDirectories(target.appending("l"))
      try write("file", to: target.appending("f"))
      try makeDirectories(target.appending("full/of/something"))
      let outcome = try tree.restore(to: target)
      #expect(outcome.items.filter { $0.hasPrefix("problem") } == ["problem /full"])
      #expect(outcome.counts.problems == 1)
      #expect(try text(target.appending("a")) == "file")
      #expect(try text(target.appending("d/b")) == "deep")
      #expect(try fileMetadata(of: target.appending("l")).type == .symbolicLink)
      #expect(try fileMetadata(of: target.appending("f")).type == .fifo)
      #expect(exists(target.appending("full/of/something")))
      let second = try tree.restore(to: target) { $0.deletesOthers = true }
      #expect(second.counts.problems == 0)
      #expect(try text(target.appending("full")) == "file")
    }
  }

  @Test func `removes nothing for a directory when nothing may be overwritten`() throws {
    let tree = try StoredTree(.directory("d", .file("b", "deep")), .file("z", "x"))
    try withTemporaryDirectory { target in
      try write("mine", to: target.appending("d"))
      let outcome = try tree.restore(to: target) { $0.overwrite = .never }
      #expect(outcome.items == ["problem /d", "restored /z"])
      #expect(try text(target.appending("d")) == "mine")
    }
  }
}
