import Foundation
import Machine
import Planning
import Quiescing
import TestSupport
import Testing

/// Which databases are found, and which are not.
@Suite(.serialized, .requires(tool: "python3"))
struct `Looking for SQLite databases` {
  @Test func `goes by what they begin with, not by their names`() throws {
    try Ledger.with { ledger in
      for name in ["notes.txt", "deep/down/x.sqlite"] { try ledger.makeDatabase(FilePath(name)) }
      for name in ["fake.db", "empty.db", "short.db"] {
        let text = ["fake.db": "SQLite format 2\0 and more", "short.db": "SQLite format 3\0"][name]
        try Data((text ?? "").utf8).write(to: URL(filePath: ledger.source.appending(name).string))
      }
      let names = ["notes.txt", "deep/down/x.sqlite", "fake.db", "empty.db", "short.db"]
      let opener = try ledger.open(names.map { ledger.source.appending($0) }, "r+b")
      defer { opener.end() }
      #expect(ledger.found == ["deep/down/x.sqlite", "notes.txt"])
    }
  }

  @Test func `finds each once, and only those that somebody may write to`() throws {
    try Ledger.with { ledger in
      for name in ["read", "written", "closed"] { try ledger.makeDatabase(FilePath(name)) }
      let reader = try ledger.open([ledger.source.appending("read")], "rb")
      defer { reader.end() }
      let writers = try (0..<3).map { _ in
        try ledger.open([ledger.source.appending("written")], "r+b")
      }
      defer { for writer in writers { writer.end() } }
      #expect(ledger.found == ["written"])
    }
  }

  @Test func `names those that somebody opens after the others were found`() throws {
    try Ledger.with { ledger in
      for name in ["early", "late", "other"] { try ledger.makeDatabase(FilePath(name)) }
      let early = try ledger.open([ledger.source.appending("early")], "r+b")
      defer { early.end() }
      let search = ledger.search
      #expect(search.find().quiescers.map(\.application.path) == [ledger.source.appending("early")])
      let late = try ledger.open(["early", "late"].map { ledger.source.appending($0) }, "r+b")
      defer { late.end() }
      let other = try ledger.open([ledger.source.appending("other")], "r+b")
      defer { other.end() }
      let found = search.findLate(among: [early.processID, late.processID])
      #expect(found.map(\.path) == [ledger.source.appending("late")])
      #expect(found.first?.reason?.contains("opened while") == true)
      #expect(search.findLate().map(\.path) == [ledger.source.appending("other")])
    }
  }

  @Test func `passes over what is outside, removed or left out`() throws {
    try Ledger.with { ledger in
      for name in ["gone", "cache/x", "large", "left/out", "kept"] {
        try ledger.makeDatabase(FilePath(name))
      }
      try ledger.makeDatabase("../outside")
      let names = ["gone", "cache/x", "large", "left/out", "kept", "../outside"]
      let opener = try ledger.open(
        names.map { ledger.source.pushing(FilePath($0)).lexicallyNormalized() },
        "r+b",
        removing: [ledger.source.appending("gone")]
      )
      defer { opener.end() }
      #expect(ledger.found == ["cache/x", "kept", "large", "left/out"])
      var excluding = ledger
      try Data("Signature: 8a477f597d28d172789f06886806bc55\n".utf8).write(
        to: URL(filePath: ledger.source.appending("cache/CACHEDIR.TAG").string)
      )
      excluding.exclusions.markers = [.cacheDirectory]
      #expect(excluding.found == ["kept", "large", "left/out"])
      excluding.exclusions.sizeMax = 4095
      #expect(excluding.found == [])
    }
  }

  @Test func `follows one that was renamed, with any bytes in its name`() throws {
    try Ledger.with { ledger in
      try ledger.makeDatabase("before")
      let opener = try ledger.open([ledger.source.appending("before")], "r+b")
      defer { opener.end() }
      let odd = FilePath(bytes: ledger.source.bytes + [0x2f, 0x61, 0xff, 0x0a, 0x20, 0x62])
      let before = ledger.source.appending("before")
      #expect(rename(before.string, odd) == 0)
      #expect(ledger.find().map(\.application.path) == [odd])
      let applications = Applications(ledger.find(), QuiesceOptions())
      try applications.prepare(Interruption())
      applications.hold()
      applications.releaseInPause()
      applications.release()
      #expect(applications.results.map { $0.held != nil } == [true])
    }
  }

  @Test func `finds an encrypted one by its log, and holds it by that`() throws {
    try Ledger.with { ledger in
      let names = ["secret", "secret-wal", "secret-shm"]
      let log: [UInt8] = [0x37, 0x7f, 0x06, 0x82, 0x00, 0x2d, 0xe2, 0x18]
      for (name, start) in zip(names, [[], log, []]) {
        let content = start + (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        try Data(content).write(to: URL(filePath: ledger.source.appending(name).string))
      }
      let opener = try ledger.open(names.map { ledger.source.appending($0) }, "r+b")
      defer { opener.end() }
      #expect(ledger.found == ["secret"])
      let applications = Applications(ledger.find(), QuiesceOptions())
      try applications.prepare(Interruption())
      applications.hold()
      let folder = try openDirectory(ledger.source)
      guard
        let opened = try openForLocking(in: folder.raw, FileName("secret-shm"), subject: "index")
      else { throw CocoaError(.fileReadUnknown) }
      let index = SharedDescriptor(opened)
      let raw = index.raw
      #expect(try lockInTheWay(of: .shared, on: 120..<121, of: raw, subject: "index") != nil)
      #expect(try lockInTheWay(of: .shared, on: 121..<122, of: raw, subject: "index") != nil)
      #expect(try lockInTheWay(of: .shared, on: 122..<128, of: raw, subject: "index") == nil)
      applications.release()
      #expect(try lockInTheWay(of: .shared, on: 120..<122, of: raw, subject: "index") == nil)
      #expect(applications.results.map { $0.held != nil } == [true])
    }
  }

  @Test func `forgets one that is removed before it is held`() throws {
    try Ledger.with { ledger in
      for name in ["a", "b"] { try ledger.makeDatabase(FilePath(name)) }
      let opener = try ledger.open(["a", "b"].map { ledger.source.appending($0) }, "r+b")
      defer { opener.end() }
      let applications = Applications(ledger.find(), QuiesceOptions())
      try applications.prepare(Interruption())
      try FileManager.default.removeItem(atPath: ledger.source.appending("a").string)
      applications.hold()
      applications.release()
      #expect(applications.results.map(\.path) == [ledger.source.appending("b")])
    }
  }

  @Test(.requiresRoot, .requires(tool: "unshare"))
  func `finds those that are open in other mount namespaces under other names`() throws {
    try Ledger.with { ledger in
      try ledger.makeDatabase("data/x")
      let elsewhere = ledger.notes.appending("elsewhere")
      try makeDirectories(elsewhere)
      let ready = ledger.notes.appending("ready").string
      let script = """
        mount --bind "$1" "$2" && exec 3<> "$2/x" && touch "$3" && exec sleep 1000
        """
      let program = try Program("/usr/bin/unshare").start([
        "--mount", "/bin/sh", "-c", script, "sh", ledger.source.appending("data").string,
        elsewhere.string, ready,
      ])
      defer {
        kill(program.processID, SIGKILL)
        _ = program.wait()
      }
      while !FileManager.default.fileExists(atPath: ready), program.isRunning { usleep(1000) }
      #expect(ledger.found == ["data/x"])
    }
  }

  private func rename(_ old: String, _ new: FilePath) -> Int32 {
    new.withPlatformString { Foundation.rename(old, $0) }
  }
}
