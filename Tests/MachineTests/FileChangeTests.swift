import Machine
import TestSupport
import Testing

@Suite struct `Changing files below a directory` {
  @Test func `follows no link in the last component`() throws {
    try withTemporaryDirectory { folder in
      let open = try openDirectory(folder)
      let (link, target) = (FileName("link"), FileName("target"))
      do { _ = try openFile(in: open.raw, target, .creating, subject: folder) }
      try makeSymbolicLink(in: open.raw, link, to: target, subject: folder)
      let error = #expect(throws: SystemCallError.self) {
        _ = try openFile(in: open.raw, link, .changing, subject: folder).raw
      }
      #expect(error?.errno == .tooManySymbolicLinkLevels)
      #expect(throws: SystemCallError.self) {
        _ = try openDirectory(in: open.raw, link, subject: folder).raw
      }
      let file = FileReference.name(link, directory: open.raw)
      let time = FileTime(seconds: -5, nanoseconds: 999_999_999)
      try setTimes(of: file, accessed: time, modified: time, subject: folder)
      #expect(throws: SystemCallError.self) {
        try setPermissions(of: file, to: 0o777, subject: folder)
      }
      #expect(try fileMetadata(in: open.raw, link, subject: folder).modified == time)
      let untouched = try fileMetadata(in: open.raw, target, subject: folder)
      #expect(untouched.modified != time && untouched.mode == 0o100600)
    }
  }

  @Test func `makes no file where one is, and names where it failed`() throws {
    try withTemporaryDirectory { folder in
      let open = try openDirectory(folder)
      let name = FileName("a")
      do { _ = try openFile(in: open.raw, name, .creating, subject: folder) }
      let error = #expect(throws: SystemCallError.self) {
        _ = try openFile(in: open.raw, name, .creating, subject: folder.appending("a")).raw
      }
      #expect(
        error
          == SystemCallError(
            call: "openat",
            subject: folder.appending("a"),
            errno: .fileExists
          )
      )
      try renameFile(in: open.raw, name, to: FileName("b"), in: open.raw, subject: folder)
      try removeFile(in: open.raw, FileName("b"), subject: folder)
      #expect(try DirectoryListing(reading: open.raw, subject: folder).count == 0)
    }
  }

  @Test func `punches holes and reads zeros there`() throws {
    try withTemporaryDirectory { folder in
      let open = try openDirectory(folder)
      let file = try openFile(in: open.raw, FileName("a"), .creating, subject: folder)
      let bytes = [UInt8](repeating: 7, count: 64 << 10)
      try bytes.withUnsafeBytes { try write($0, to: file.raw, at: 10, subject: folder) }
      try punchHole(in: file.raw, at: 4096, size: 32 << 10, subject: folder)
      try truncate(file.raw, to: 128 << 10, subject: folder)
      var read = [UInt8](repeating: 1, count: 200 << 10)
      let count = try read.withUnsafeMutableBytes {
        try Machine.read(into: $0, from: file.raw, at: 0, subject: folder)
      }
      #expect(count == 128 << 10)
      #expect(read[9] == 0 && read[10] == 7 && read[4095] == 7 && read[4096] == 0)
      #expect(read[36863] == 0 && read[36864] == 7 && read[(64 << 10) + 10] == 0)
    }
  }

  @Test func `sets and removes attributes of links too`() throws {
    try withTemporaryDirectory { folder in
      let open = try openDirectory(folder)
      let name = FileName("a")
      do { _ = try openFile(in: open.raw, name, .creating, subject: folder) }
      let file = FileReference.name(name, directory: open.raw)
      let attribute = FileName("user.test")
      try setExtendedAttribute(attribute, to: [1, 0], of: file, subject: folder)
      func names() throws -> [[UInt8]] {
        try name.withCString {
          try ExtendedAttributes(in: open.raw, $0, subject: folder).attributes.map(\.name)
        }
      }
      #expect(try names() == [Array("user.test".utf8)])
      try removeExtendedAttribute(attribute, of: file, subject: folder)
      #expect(try names() == [])
    }
  }

  @Test func `makes directories with those above`() throws {
    try withTemporaryDirectory { folder in
      try makeDirectories(folder.appending("a/b/c"))
      try makeDirectories(folder.appending("a/b/c"))
      #expect(try fileMetadata(of: folder.appending("a/b/c")).mode == 0o040700)
    }
  }
}
