import Machine
import TestSupport
import Testing

@Suite struct `An atomic file` {
  @Test(arguments: [false, true], [AtomicFile.Durability.none, .content, .nameToo])
  func `is seen when it is complete, also in the place of another`(
    _ isNamed: Bool,
    _ durability: AtomicFile.Durability
  ) throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("f")
      for text in ["first", "second"] {
        let before = try LocalFiles.names(in: directory).contains(FileName("f"))
        #expect(before == (text == "second"))
        let file = try AtomicFile(in: directory, prefix: "f", isNamed: isNamed)
        try write(text, to: file)
        #expect(file.size == UInt64(text.utf8.count))
        try file.commit(as: path, mode: 0o440, durability: durability)
        if durability == .content { try LocalFiles.syncNames([path]) }
        #expect(try LocalFiles.read(path) == Array(text.utf8))
        #expect(try fileMetadata(of: path).mode == 0o100440)
        #expect(try LocalFiles.names(in: directory) == [FileName("f")])
      }
    }
  }

  @Test(arguments: [false, true])
  func `takes no other's place unless it may`(_ isNamed: Bool) throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("f")
      try LocalFiles.replace(path, with: Array("first".utf8))
      let file = try AtomicFile(in: directory, prefix: "f", isNamed: isNamed)
      try file.fill { raw in
        try truncate(raw, to: 10, subject: path)
        return 10
      }
      let error = #expect(throws: SystemCallError.self) {
        try file.commit(as: path, mode: nil, replacing: false)
      }
      #expect(error?.errno == .fileExists && error?.subject == path)
      #expect(try LocalFiles.names(in: directory) == [FileName("f")])
      #expect(try LocalFiles.read(path) == Array("first".utf8))
      let other = try AtomicFile(in: directory, prefix: "f", isNamed: isNamed)
      try other.fill { raw in
        try setPermissions(of: .descriptor(raw), to: 0o604, subject: path)
        return 0
      }
      try other.commit(as: directory.appending("g"), mode: nil, replacing: false)
      #expect(try fileMetadata(of: directory.appending("g")).mode == 0o100604)
    }
  }

  @Test(arguments: [false, true])
  func `leaves nothing when it is given up or can't be named`(_ isNamed: Bool) throws {
    try withTemporaryDirectory { directory in
      let first = try AtomicFile(in: directory, prefix: "f", isNamed: isNamed)
      first.discard()
      first.discard()
      let second = try AtomicFile(in: directory, prefix: "f", isNamed: isNamed)
      try write("x", to: second)
      #expect(throws: SystemCallError.self) {
        try second.commit(as: directory.appending("missing/f"), mode: 0o600)
      }
      #expect(try LocalFiles.names(in: directory).isEmpty)
    }
  }

  private func write(_ text: String, to file: AtomicFile) throws {
    try Array(text.utf8).withUnsafeBytes { try file.append([$0]) }
  }
}

@Suite struct `Ignoring hangups` {
  @Test func `ends with the last scope`() {
    let value = Hangups.ignored { Hangups.ignored { 7 } }
    #expect(value == 7)
  }
}
