import Foundation
import Machine
import TestSupport
import Testing

@Suite struct `Locks on bytes` {
  private func with(_ body: (FilePath, CInt) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      try Data("x".utf8).write(to: URL(filePath: folder.appending("file").string))
      let directory = try openDirectory(folder)
      try body(folder.appending("file"), directory.raw)
    }
  }

  private func open(_ directory: CInt) throws -> SharedDescriptor {
    guard let file = try openForLocking(in: directory, FileName("file"), subject: "file") else {
      throw CocoaError(.fileReadUnknown)
    }
    return SharedDescriptor(file)
  }

  @Test func `keep other open files away, as far as they conflict`() throws {
    try with { path, directory in
      let first = try open(directory)
      let second = try open(directory)
      let bytes: Range<UInt64> = 0x4000_0000..<0x4000_0002
      #expect(try tryToLock(bytes, of: first.raw, .shared, subject: path))
      #expect(try tryToLock(bytes, of: second.raw, .shared, subject: path))
      #expect(try !tryToLock(bytes, of: second.raw, .exclusive, subject: path))
      #expect(try tryToLock(5..<6, of: second.raw, .exclusive, subject: path))
      unlock(bytes, of: first.raw)
      #expect(try tryToLock(bytes, of: second.raw, .exclusive, subject: path))
      #expect(try !tryToLock(bytes, of: first.raw, .shared, subject: path))
      let found = try lockInTheWay(of: .shared, on: bytes, of: first.raw, subject: path)
      #expect(found == LockInTheWay(process: nil))
      #expect(try lockInTheWay(of: .shared, on: 7..<9, of: first.raw, subject: path) == nil)
    }
  }

  @Test func `stay when other descriptors of the file are closed, and go with their own`() throws {
    try with { path, directory in
      let other = try open(directory)
      do {
        let locked = try open(directory)
        #expect(try tryToLock(0..<1, of: locked.raw, .exclusive, subject: path))
        _ = try openForReading(path)
        #expect(try !tryToLock(0..<1, of: other.raw, .exclusive, subject: path))
      }
      // A program that another test begins has open what we have just closed, until it runs.
      var isFree = try tryToLock(0..<1, of: other.raw, .exclusive, subject: path)
      for _ in 0..<500 where !isFree {
        usleep(10_000)
        isFree = try tryToLock(0..<1, of: other.raw, .exclusive, subject: path)
      }
      #expect(isFree)
    }
  }

  @Test(.requires(tool: "python3")) func `of other processes are seen, and whose they are`() throws
  {
    try with { path, directory in
      let script = """
        import fcntl, sys, time
        file = open(sys.argv[1], "r+b")
        fcntl.lockf(file, fcntl.LOCK_EX, 2, 3)
        open(sys.argv[1] + ".ready", "w").close()
        time.sleep(1000)
        """
      let program = try Program("/usr/bin/python3").start(["-c", script, path.string])
      defer {
        kill(program.processID, SIGKILL)
        _ = program.wait()
      }
      while !FileManager.default.fileExists(atPath: path.string + ".ready"), program.isRunning {
        usleep(1000)
      }
      let file = try open(directory)
      let found = try lockInTheWay(of: .shared, on: 0..<10, of: file.raw, subject: path)
      #expect(found == LockInTheWay(process: program.processID))
      #expect(try lockInTheWay(of: .exclusive, on: 0..<3, of: file.raw, subject: path) == nil)
      #expect(try !tryToLock(4..<5, of: file.raw, .shared, subject: path))
    }
  }

  @Test func `are for regular files only, and nobody waits for a fifo`() throws {
    try with { path, directory in
      mkfifo(path.removingLastComponent().appending("fifo").string, 0o600)
      let fifo = try openForLocking(in: directory, FileName("fifo"), subject: "fifo")
      let isOpen = fifo != nil
      #expect(!isOpen)
      #expect(throws: SystemCallError.self) {
        _ = try openForLocking(in: directory, FileName("nothing"), subject: "nothing")
      }
    }
  }
}
