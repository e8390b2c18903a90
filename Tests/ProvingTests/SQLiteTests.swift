import Foundation
import Machine
import Proving
import TestSupport
import Testing

@Suite(.requires(tool: "python3")) struct `Proving SQLite databases` {
  @Test func `a whole one is whole, whatever it is called`() throws {
    try Workshop.with { workshop in
      try workshop.makeDatabase("no database at all.txt")
      #expect(
        try workshop.prove()
          == [Verdict(.sqlite, "/no database at all.txt", .whole())]
      )
    }
  }

  @Test func `its name may be any bytes`() throws {
    try Workshop.with { workshop in
      let name: [UInt8] = [0x78, 0xff, 0x0a, 0x27]
      try workshop.makeDatabase("plain")
      try LocalFiles.rename(
        workshop.folder.appending("plain"),
        to: workshop.folder.pushing(FilePath(bytes: name))
      )
      let verdicts = try workshop.prove()
      #expect(verdicts.map(\.path.bytes) == [[0x2f] + name])
      #expect(verdicts.map(\.outcome) == [.whole])
    }
  }

  @Test(arguments: [0, 100, 4000])
  func `a changed byte in a page is found`(offset: Int) throws {
    try Workshop.with { workshop in
      try workshop.makeDatabase()
      let path = workshop.folder.appending("plain")
      let file = try Descriptor.open(path, 2)
      // Page 10 is full of rows: its header, where they begin, and one of them.
      let bytes: [UInt8] = [0xee, 0xee, 0xee, 0xee]
      try bytes.withUnsafeBytes {
        try write($0, to: file.raw, at: UInt64(9 * 4096 + offset), subject: path)
      }
      let verdicts = try workshop.prove()
      #expect(verdicts.map(\.outcome) == [.damaged], "\(verdicts)")
      #expect(verdicts.first?.message.isEmpty == false)
    }
  }

  @Test func `a truncated one is damaged`() throws {
    try Workshop.with { workshop in
      try workshop.makeDatabase()
      let path = workshop.folder.appending("plain")
      let file = try Descriptor.open(path, 2)
      try truncate(file.raw, to: 5 * 4096, subject: path)
      #expect(try workshop.prove().map(\.outcome) == [.damaged])
    }
  }

  @Test func `an unfinished transaction is rolled back from the journal`() throws {
    try Workshop.with { workshop in
      try workshop.makeDatabase(
        then: """
          c.execute("pragma cache_size=1")
          c.execute("update a set t = 'torn'")
          os.kill(os.getpid(), 9)
          """
      )
      let journal = workshop.folder.appending("plain-journal")
      #expect(try fileMetadata(of: journal).size > 512)
      let verdicts = try workshop.prove()
      let message = "a transaction was rolled back from the journal"
      #expect(verdicts == [Verdict(.sqlite, "/plain", .recovered(message))])
      // What lies there was not touched.
      #expect(try fileMetadata(of: journal).size > 512)
    }
  }

  @Test func `without its journal it is damaged, when the journal was needed`() throws {
    try Workshop.with { workshop in
      try workshop.makeDatabase(
        then: """
          c.execute("pragma cache_size=1")
          c.execute("update a set t = 'torn' where id % 2")
          os.kill(os.getpid(), 9)
          """
      )
      try LocalFiles.remove(workshop.folder.appending("plain-journal"))
      #expect(try workshop.prove().map(\.outcome) == [.damaged])
    }
  }

  @Test func `what is only in the write-ahead log is recovered`() throws {
    try Workshop.with { workshop in
      try workshop.makeDatabase(
        then: """
          c.execute("pragma journal_mode=wal")
          c.execute("pragma wal_autocheckpoint=0")
          c.execute("insert into a values(9999, 'new')")
          c.commit()
          os.kill(os.getpid(), 9)
          """
      )
      let verdicts = try workshop.prove()
      #expect(verdicts.map(\.outcome) == [.recovered])
      #expect(verdicts.first?.message.hasSuffix("of the write-ahead log") == true)
    }
  }

  @Test func `a journal that names a file elsewhere is not played back`() throws {
    try Workshop.with { workshop in
      try workshop.makeDatabase()
      let victim = workshop.folder.appending("victim")
      try writeWholeFile(Array("precious".utf8), to: victim)
      let outcome = try workshop.python(
        """
        import struct
        magic = bytes.fromhex("d9d505f920a163d7")
        name = b"\(victim)"
        head = magic + struct.pack(">IIIII", 0, 1, 9, 512, 4096)
        tail = struct.pack(">I", 0x40000001) + name + struct.pack(">II", len(name), sum(name)) + magic
        open("plain-journal", "wb").write(head.ljust(512, b"\\0") + tail)
        """
      )
      try #require(outcome.status == 0, "\(outcome)")
      let verdicts = try workshop.prove()
      let reason = "its journal belongs to a transaction over several databases"
      #expect(verdicts == [Verdict(.sqlite, "/plain", .untried(reason))])
      #expect(try fileMetadata(of: victim).size == 8)
    }
  }

  @Test func `only a header is named, and no damage`() throws {
    try Workshop.with { workshop in
      let header = Array("SQLite format 3\0".utf8)
      try writeWholeFile(
        header + [UInt8](repeating: 0, count: 2000),
        to: workshop.folder.appending("header")
      )
      try writeWholeFile(header, to: workshop.folder.appending("short"))
      let verdicts = try workshop.prove()
      #expect(verdicts.map(\.path) == ["/header"])
      #expect(verdicts.map(\.outcome) == [.untried])
    }
  }

  @Test func `rows that refer to nothing are counted, and no damage`() throws {
    try Workshop.with { workshop in
      try workshop.makeDatabase(then: "c.execute('insert into b values(1, 77777)'); c.commit()")
      #expect(
        try workshop.prove() == [Verdict(.sqlite, "/plain", .whole("foreign keys: 1 row"))]
      )
    }
  }

  @Test func `what only its application knows is no damage`() throws {
    try Workshop.with { workshop in
      try workshop.makeDatabase(
        then: """
          c.create_collation("OURS", lambda a, b: (a > b) - (a < b))
          c.execute("create index j on a(t collate OURS)")
          c.commit()
          """
      )
      let verdicts = try workshop.prove()
      #expect(verdicts.map(\.outcome) == [.untried])
      #expect(verdicts.first?.message.contains("OURS") == true)
    }
  }

  @Test func `what is too large, or comes too late, is named`() throws {
    try Workshop.with { workshop in
      try workshop.makeDatabase()
      let large = try workshop.prove { $0.sizeMax = 1000 }
      #expect(large.map(\.outcome) == [.untried])
      #expect(large.first?.message.contains("more than the 1000") == true)
      let late = try workshop.prove { $0.timeout = .zero }
      #expect(late == [Verdict(.sqlite, "/plain", .untried("no time was left"))])
    }
  }

  @Test func `only what is asked for is tried`() throws {
    try Workshop.with { workshop in
      for name in ["a", "b"] {
        try LocalFiles.makeDirectory(workshop.folder.appending(name))
        try workshop.makeDatabase("\(name)/db")
      }
      #expect(try workshop.prove { $0.paths = ["/b"] }.map(\.path) == ["/b/db"])
      #expect(try workshop.prove { $0.paths = ["/a/db"] }.map(\.path) == ["/a/db"])
    }
  }

  @Test func `an interruption ends it and leaves nothing`() throws {
    try Workshop.with { workshop in
      try workshop.makeDatabase()
      let request = ProofRequest(scratch: workshop.scratch)
      request.interruption.request()
      #expect(throws: Interrupted.self) {
        try proveDatabases(in: FolderTree(workshop.folder), request)
      }
      #expect(try LocalFiles.names(in: workshop.scratch) == [])
    }
  }
}
