import Machine
import RepositoryFormat
import Restoring
import TestSupport
import Testing

@Suite struct `A restore` {
  @Test(arguments: [1, 2])
  func `brings back content, permissions and times`(version: Int) throws {
    let tree = try StoredTree(
      .file("a", "one ", "two ", "three"),
      .file("empty"),
      .directory("d", mode: 0o1750, .file("b", "deep", mode: 0o4711), .directory("none")),
      .link("l", to: "nowhere/at all"),
      .fifo("f"),
      version: version
    )
    try withTemporaryDirectory { target in
      let outcome = try tree.restore(to: target) { $0.verifies = true }
      #expect(try text(target.appending("a")) == "one two three")
      #expect(try text(target.appending("empty")) == "")
      #expect(try text(target.appending("d/b")) == "deep")
      #expect(try fileMetadata(of: target.appending("d/b")).mode == 0o104711)
      #expect(try fileMetadata(of: target.appending("d")).mode == 0o041750)
      #expect(try fileMetadata(of: target.appending("f")).mode == 0o010644)
      let time = FileTime(seconds: 1_600_000_000, nanoseconds: 123_456_789)
      for path in ["a", "empty", "d", "d/b", "d/none", "l", "f"] {
        #expect(try fileMetadata(of: target.appending(path)).modified == time, "\(path)")
      }
      let folder = try openDirectory(target)
      let link = try FileName("l").withCString {
        try linkTarget(in: folder.raw, $0, subject: target)
      }
      #expect(link == Array("nowhere/at all".utf8))
      #expect(outcome.counts.problems == 0)
      #expect(outcome.counts.filesTotal == 7)
      #expect(outcome.counts.filesRestored == 7)
      #expect(outcome.counts.bytesTotal == 17)
      #expect(outcome.counts.bytesRestored == 17)
      #expect(outcome.counts.filesVerified == 3)
    }
  }

  @Test func `keeps names that are no text and targets that are none`() throws {
    let name: [UInt8] = [0x61, 0xff, 0x0a, 0x22, 0x5c, 0x62]
    let link = Entry.link("l", to: "").with { $0.linkTarget = [0x2f, 0xfe, 0x20] }
    let tree = try StoredTree(.file(bytes: name, [[1, 2, 3]]), link)
    try withTemporaryDirectory { target in
      try tree.restore(to: target)
      let folder = try openDirectory(target)
      #expect(try fileMetadata(in: folder.raw, FileName(name), subject: target).size == 3)
      let stored = try FileName("l").withCString {
        try linkTarget(in: folder.raw, $0, subject: target)
      }
      #expect(stored == [0x2f, 0xfe, 0x20])
    }
  }

  @Test func `makes the names of one file again`() throws {
    let first = Entry.file("a", "shared").with {
      $0.inode = 7
      $0.deviceID = 3
      $0.links = 3
    }
    func other(_ name: String) -> Entry { first.with { $0.name = Array(name.utf8) } }
    let stranger = other("z").with { $0.deviceID = 4 }
    let tree = try StoredTree(
      first,
      .directory("d", other("b")),
      .directory("e", .directory("f", other("c"))),
      stranger
    )
    try withTemporaryDirectory { target in
      for _ in 1...2 {
        let outcome = try tree.restore(to: target)
        #expect(outcome.counts.problems == 0)
        let inodes = try ["a", "d/b", "e/f/c", "z"].map {
          try fileMetadata(of: target.appending($0)).inode
        }
        #expect(inodes[0] == inodes[1] && inodes[1] == inodes[2])
        #expect(inodes[3] != inodes[0])
        #expect(try fileMetadata(of: target.appending("a")).links == 3)
        #expect(try text(target.appending("e/f/c")) == "shared")
      }
    }
  }

  @Test func `goes as deep as the tree`() throws {
    var entry = Entry.file("bottom", "here")
    for _ in 0..<600 { entry = .directory("directory", entry) }
    let tree = try StoredTree(entry)
    try withTemporaryDirectory { target in
      let outcome = try tree.restore(to: target) { $0.reportsItems = false }
      #expect(outcome.counts.problems == 0)
      #expect(outcome.counts.filesRestored == 601)
      #expect(try treeDifferences(target, target) == [])
      let emptied = try StoredTree.save([], in: tree.repository)
      let removal = try StoredTree.restore(emptied, from: tree.repository, to: target) {
        $0.deletesOthers = true
        $0.reportsItems = false
      }
      #expect(removal.counts.filesDeleted == 601)
      #expect(!exists(target.appending("directory")))
    }
  }

  @Test func `writes a blob wherever it belongs`() throws {
    let block = String(repeating: "x", count: 5000)
    let files = (0..<300).map { Entry.file("f\($0)", block, "\($0)", block) }
    let tree = try StoredTree(files)
    try withTemporaryDirectory { target in
      try tree.restore(to: target)
      for index in 0..<300 {
        #expect(try text(target.appending("f\(index)")) == block + "\(index)" + block)
      }
    }
  }

  @Test func `restores a folder of the snapshot`() throws {
    let tree = try StoredTree(.directory("a", .directory("b", .file("c", "x"))), .file("d", "y"))
    try withTemporaryDirectory { target in
      try tree.restore(to: target) { $0.subfolder = "/a/b" }
      #expect(try text(target.appending("c")) == "x")
      #expect(!exists(target.appending("d")))
      #expect(throws: RestoreError.self) {
        try tree.restore(to: target) { $0.subfolder = "/a/none" }
      }
      #expect(throws: RestoreError.self) { try tree.restore(to: target) { $0.subfolder = "/d" } }
    }
  }

  @Test func `makes the target with its parents`() throws {
    let tree = try StoredTree(.file("a", "x"))
    try withTemporaryDirectory { folder in
      let target = folder.appending("new/deep/target")
      try tree.restore(to: target)
      #expect(try text(target.appending("a")) == "x")
      #expect(throws: RestoreError.self) { try tree.restore(to: target.appending("a")) }
    }
  }

  @Test func `sets attributes and removes others`() throws {
    let attributes = [
      NodeAttribute(name: Array("user.b".utf8), value: [0, 255]),
      NodeAttribute(name: Array("user.empty".utf8), value: []),
    ]
    let tree = try StoredTree(
      Entry.file("a", "x").with { $0.attributes = attributes },
      Entry.directory("d").with { $0.attributes = attributes }
    )
    try withTemporaryDirectory { target in
      try tree.restore(to: target)
      let folder = try openDirectory(target)
      for name in ["a", "d"] {
        let file = FileReference.name(FileName(name), directory: folder.raw)
        try setExtendedAttribute(FileName("user.other"), to: [1], of: file, subject: target)
        try setExtendedAttribute(FileName("user.b"), to: [1], of: file, subject: target)
      }
      let outcome = try tree.restore(to: target)
      #expect(outcome.counts.problems == 0 && outcome.warnings == [])
      for name in ["a", "d"] {
        let found = try FileName(name).withCString {
          try ExtendedAttributes(in: folder.raw, $0, subject: target).attributes
        }
        #expect(Set(found.map { NodeAttribute(name: $0.name, value: $0.value) }) == Set(attributes))
      }
    }
  }

  @Test(.requiresRoot) func `brings back owners and devices`() throws {
    func owned(_ entry: Entry) -> Entry {
      entry.with {
        $0.userID = 12345
        $0.groupID = 54321
      }
    }
    let device = Entry.fifo("tty").with {
      $0.type = .chardev
      $0.mode = goFileMode(fromMode: 0o020620)
      $0.device = 0x0405
    }
    let tree = try StoredTree(
      owned(.file("a", "x", mode: 0o6755)),
      owned(.directory("d")),
      owned(.link("l", to: "a")),
      owned(device)
    )
    try withTemporaryDirectory { target in
      let outcome = try tree.restore(to: target)
      #expect(outcome.counts.problems == 0)
      for name in ["a", "d", "l", "tty"] {
        let found = try fileMetadata(of: target.appending(name))
        #expect(found.userID == 12345 && found.groupID == 54321, "\(name)")
      }
      #expect(try fileMetadata(of: target.appending("a")).mode == 0o106755)
      #expect(try fileMetadata(of: target.appending("tty")).specialDevice == 0x0405)
      #expect(try fileMetadata(of: target.appending("tty")).mode == 0o020620)
    }
  }

  @Test func `stops when it is told to`() throws {
    let tree = try StoredTree((0..<50).map { Entry.file("f\($0)", "\($0)") })
    try withTemporaryDirectory { target in
      #expect(throws: Interrupted()) {
        try tree.restore(to: target) { $0.interruption.request() }
      }
    }
  }
}
