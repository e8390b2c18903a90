import Archiving
import Foundation
import Machine
import RepositoryFormat
import Synchronization
import TestSupport
import Testing
import Viewing

/// Archives of a live tree in which something changes after the instant that they describe.
@Suite struct `A live tree of one instant` {
  /// What is stored and what is named, of paths below the source.
  private struct Found {
    var nodes: [String: Node]
    var named: [String: String]
    var problems: [ArchiveProblem]
    var result: ArchiveResult
  }

  /// Archives the source as of now, while `change` happens after the instant; `copied` and `listed`
  /// are the files and directories that are copied and listed at it.
  private func archive(
    _ shop: Workshop,
    copied: [String] = [],
    listed: [String] = [],
    targets: [String]? = nil,
    change: String
  ) throws -> Found {
    let hot = try hotSet(shop, copied, listed)
    try shop.shell(change)
    let root = ViewRoot(
      path: shop.source,
      directory: try #require(hot.starts[shop.source]),
      kind: .live,
      hot: hot
    )
    let request = try shop.request(
      targets?.map { ArchiveTarget(path: shop.source.appending($0), placement: [FileName($0)]) },
      view: Workshop.liveView([root])
    )
    let result = try shop.archive(request)
    let prefix = shop.source.components.count
    let named = result.late.map { finding in
      let names = finding.path.components.dropFirst(prefix).map(\.string)
      return (names.joined(separator: "/"), finding.reason)
    }
    return Found(
      nodes: try shop.nodes(result.tree),
      named: Dictionary(named) { "\($0); \($1)" },
      problems: result.problems,
      result: result
    )
  }

  private func hotSet(
    _ shop: Workshop,
    _ copied: [String],
    _ listed: [String],
    readClock: @escaping @Sendable () -> ClockReading = { .now() }
  ) throws -> HotSet {
    let start = SharedDescriptor(try openDirectory(shop.source))
    var contents = HotSet.Contents(
      device: try fileMetadata(in: start.raw, subject: shop.source).device
    )
    contents.starts[shop.source] = start
    for name in copied {
      let path = shop.source.appending(name)
      let original = SharedDescriptor(try openForReading(path))
      let metadata = try fileMetadata(in: original.raw, subject: path)
      let content = SharedDescriptor(try makeMemoryFile())
      let bytes = try LocalFiles.read(path)
      try bytes.withUnsafeBytes { try write($0, to: content.raw, at: 0, subject: path) }
      contents.files[FileKey(metadata)] = HotFile(
        metadata: metadata,
        attributes: ExtendedAttributes(),
        content: content,
        original: original
      )
    }
    for name in listed {
      let path = name.isEmpty ? shop.source : shop.source.appending(name)
      let handle = SharedDescriptor(try openDirectory(path))
      let metadata = try fileMetadata(in: handle.raw, subject: path)
      contents.directories[FileKey(metadata)] = HotDirectory(
        metadata: metadata,
        attributes: ExtendedAttributes(),
        listing: try DirectoryListing(reading: handle.raw, subject: path),
        handle: handle
      )
    }
    let clock = ClockReading.now()
    waitForNextFileTime()
    return HotSet(contents, instant: currentFileTime(), clock: clock, readClock: readClock)
  }

  private func text(_ shop: Workshop, _ node: Node?) throws -> String {
    String(decoding: try shop.content(node), as: UTF8.self)
  }

  @Test func `is whole when nothing changes`() throws {
    try Workshop.with { shop in
      try shop.shell("mkdir -p d/e; echo a > a; echo b > d/e/b; ln -s a l; mkfifo f")
      let found = try archive(shop, change: "true")
      #expect(found.named == [:])
      #expect(found.problems.isEmpty)
      #expect(found.nodes.count == 7)
    }
  }

  @Test func `names what was written to, and nothing else`() throws {
    try Workshop.with { shop in
      try shop.shell("mkdir d; echo a > d/a; echo b > d/b; echo c > d/c; ln d/c d/linked")
      let found = try archive(shop, change: "echo more >> d/a; chmod 600 d/c")
      #expect(
        found.named == [
          "d/a": "changed after the instant", "d/c": "changed after the instant",
          "d/linked": "changed after the instant",
        ]
      )
      #expect(try text(shop, found.nodes["source/d/a"]) == "a\nmore\n")
    }
  }

  @Test func `names new files, and the directory that they are in`() throws {
    try Workshop.with { shop in
      try shop.shell("mkdir d; echo a > d/a; ln -s a d/l")
      let found = try archive(shop, change: "echo b > d/b; ln -sf b d/l")
      #expect(Set(found.named.keys) == ["d", "d/b", "d/l"])
      #expect(found.named["d"] == "names in it changed after the instant")
    }
  }

  @Test func `doesn't believe what lies in a directory that was moved into its place`() throws {
    try Workshop.with { shop in
      try shop.shell("mkdir -p a/d/e b/d/e; echo old > a/d/e/f; echo new > b/d/e/f")
      let found = try archive(shop, change: "mv a x; mv b a; mv x b")
      #expect(found.named[""] == "names in it changed after the instant")
      #expect(found.named["a"]?.contains("moved") == true)
      #expect(found.named["b"]?.contains("moved") == true)
    }
  }

  @Test func `knows what was moved by its listing`() throws {
    try Workshop.with { shop in
      try shop.shell("mkdir -p a/d b/d; echo old > a/d/f; echo new > b/d/f; echo c > c")
      let change = "mv a x; mv b a; mv x b; echo other > o; mv o c"
      let found = try archive(shop, listed: [""], change: change)
      #expect(
        found.named == [
          "a": "was replaced after the instant", "b": "was replaced after the instant",
          "c": "was replaced after the instant",
        ]
      )
    }
  }

  @Test func `keeps files that were being written, whatever becomes of them and their names`()
    throws
  {
    try Workshop.with { shop in
      try shop.shell("mkdir d o; echo a > d/a; echo b > d/b; echo c > d/c; ln d/c o/linked")
      let found = try archive(
        shop,
        copied: ["d/a", "d/b", "d/c"],
        listed: ["d"],
        change: "echo x >> d/a; rm d/b; echo y > d/b; mv d/c d/new; echo z >> d/new; echo n > d/n"
      )
      #expect(found.named == [:])
      #expect(found.problems.isEmpty)
      #expect(
        found.nodes.keys.sorted() == [
          "source", "source/d", "source/d/a", "source/d/b", "source/d/c", "source/o",
          "source/o/linked",
        ]
      )
      for (name, content) in [("d/a", "a\n"), ("d/b", "b\n"), ("d/c", "c\n"), ("o/linked", "c\n")] {
        #expect(try text(shop, found.nodes["source/" + name]) == content)
      }
      #expect(found.nodes["source/d/c"]?.links == 2)
    }
  }

  @Test func `reads a listed directory that has been moved away or removed`() throws {
    try Workshop.with { shop in
      try shop.shell("mkdir -p d/e; echo a > d/e/a; echo b > d/e/b")
      let change = "mv d/e ../elsewhere; rm ../elsewhere/b"
      let found = try archive(shop, copied: ["d/e/b"], listed: ["d", "d/e"], change: change)
      #expect(found.named == [:])
      #expect(try text(shop, found.nodes["source/d/e/a"]) == "a\n")
      #expect(try text(shop, found.nodes["source/d/e/b"]) == "b\n")
    }
  }

  @Test func `names what is gone, without calling the backup incomplete`() throws {
    try Workshop.with { shop in
      try shop.shell("mkdir d; echo a > d/a; ln -s x d/l; echo b > d/b")
      let found = try archive(shop, listed: ["d"], change: "rm d/a d/l")
      let reason = "was removed after the instant and is not in the backup"
      #expect(found.named == ["d/a": reason, "d/l": reason])
      #expect(found.problems.isEmpty)
    }
  }

  @Test func `doesn't know the name of a file that moved`() throws {
    try Workshop.with { shop in
      try shop.shell("mkdir d; echo a > d/a")
      let found = try archive(shop, copied: ["d/a"], change: "mv d/a d/b")
      #expect(found.named["d/b"] == "may have had another name at the instant")
      #expect(found.named["d"] != nil)
    }
  }

  @Test func `has files that are named as sources`() throws {
    try Workshop.with { shop in
      try shop.shell("echo a > a; echo b > b; echo c > c")
      let found = try archive(
        shop,
        copied: ["b"],
        listed: [""],
        targets: ["a", "b", "c"],
        change: "echo x >> b; echo y > o; mv o c; touch later"
      )
      #expect(found.named == ["c": "was replaced after the instant"])
      #expect(try text(shop, found.nodes["b"]) == "b\n")
    }
  }

  @Test func `says of files without nanoseconds in their times only what seconds tell`() throws {
    try Workshop.with { shop in
      let hot = try hotSet(shop, [], [])
      let instant = hot.instant
      #expect(hot.holds(FileTime(seconds: instant.seconds - 1, nanoseconds: 0)))
      #expect(!hot.holds(FileTime(seconds: instant.seconds, nanoseconds: 0)))
      #expect(!hot.holds(instant))
      #expect(hot.holds(FileTime(seconds: instant.seconds - 1, nanoseconds: 999_999_999)))
    }
  }

  @Test func `remembers that the clock was set, and isn't deceived by slow reading`() throws {
    try Workshop.with { shop in
      let step = Mutex<Int64>(0)
      let hot = try hotSet(shop, [], []) {
        let (real, offset) = (ClockReading.now(), step.withLock { $0 })
        return ClockReading(
          differenceMin: real.differenceMin + offset - 5_000_000,
          differenceMax: real.differenceMax + offset
        )
      }
      #expect(hot.isClockSteady())
      step.withLock { $0 = -1_000_000_000 }
      #expect(!hot.isClockSteady())
      step.withLock { $0 = 0 }
      #expect(!hot.isClockSteady())
    }
  }
}
