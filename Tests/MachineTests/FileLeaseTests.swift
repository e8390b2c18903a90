import Foundation
import Machine
import TestSupport
import Testing

@Suite(.requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "mkfs.xfs"))
struct `A read lease` {
  /// Calls `body` with a file on a file system of its own.
  private func withFile(on type: String, _ body: (FilePath) throws -> Void) throws {
    func make(in folder: FilePath) throws {
      let path = folder.appending("file")
      try LocalFiles.replace(path, with: [UInt8](repeating: 1, count: 10_000))
      try body(path)
    }
    if type != "tmpfs" { return try LoopDevice.with(type) { try make(in: $0.mountPoint) } }
    try withTemporaryDirectory { folder in
      try SystemCommandRunner().run(Command("mount", "-t", "tmpfs", "tmpfs", folder.string))
      try releasing {
        try make(in: folder)
      } release: {
        try SystemCommandRunner().run(Command("umount", "--lazy", folder.string))
      }
    }
  }

  private func isGranted(_ descriptor: CInt) throws -> Bool {
    guard let lease = try FileLease.reading(descriptor, subject: "file") else { return false }
    return lease.isIntact
  }

  /// Whether it is granted within a moment: a program that another test begins has files open that
  /// we have just closed, until it runs.
  private func isGrantedSoon(_ descriptor: CInt) throws -> Bool {
    for _ in 0..<500 {
      if try isGranted(descriptor) { return true }
      usleep(10_000)
    }
    return false
  }

  private func holdingLease<Value>(
    of descriptor: CInt,
    _ body: (_ isIntact: () -> Bool) throws -> Value
  ) throws -> Value {
    for _ in 0..<500 {
      if let lease = try FileLease.reading(descriptor, subject: "file") {
        return try body { lease.isIntact }
      }
      usleep(10_000)
    }
    throw SystemCallError(call: "F_SETLEASE", subject: "file", errno: .wouldBlock)
  }

  @Test(arguments: ["btrfs", "ext4", "tmpfs", "xfs"])
  func `is refused while somebody can write, also through a mapping`(type: String) throws {
    try withFile(on: type) { path in
      let file = try openForReading(path)
      #expect(FileSystemKind(of: file.raw).hasSoundLeases)
      #expect(try isGrantedSoon(file.raw))
      var writer: Descriptor? = try Descriptor.open(path, O_RDWR)
      #expect(try !isGranted(file.raw))
      let mapping = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, writer?.raw ?? -1, 0)
      writer = nil
      #expect(try !isGranted(file.raw))
      munmap(mapping, 4096)
      #expect(try isGrantedSoon(file.raw))
    }
  }

  @Test(arguments: ["btrfs", "ext4", "tmpfs", "xfs"])
  func `is broken by who comes to write, who waits until it is let go`(type: String) throws {
    try withFile(on: type) { path in
      let file = try openForReading(path)
      let writer = try holdingLease(of: file.raw) { isIntact in
        #expect(isIntact())
        let reader = try openForReading(path)
        #expect(isIntact())
        let writer = try Program("/bin/sh").start(["-c", "echo new > \"$0\"", path.string])
        let end = ContinuousClock.now.advanced(by: .seconds(20))
        while isIntact(), ContinuousClock.now < end { usleep(1000) }
        #expect(!isIntact())
        #expect(writer.isRunning)
        let size = try fileMetadata(in: reader.raw, subject: path).size
        #expect(size == 10_000)
        return writer
      }
      #expect(writer.wait().status == 0)
      #expect(try LocalFiles.read(path) == Array("new\n".utf8))
    }
  }

  @Test func `proves nothing on an overlay`() throws {
    try LoopDevice.with("ext4") { device in
      let tools = SystemCommandRunner()
      let folder = device.mountPoint.string
      for name in ["lower", "upper", "work", "merged"] {
        try tools.run(Command("mkdir", folder + "/" + name))
      }
      let layers = "lowerdir=\(folder)/lower,upperdir=\(folder)/upper,workdir=\(folder)/work"
      let merged = device.mountPoint.appending("merged")
      try tools.run(
        Command("mount", "-t", "overlay", "overlay", "-o", layers, merged.string)
      )
      let path = merged.appending("file")
      try LocalFiles.replace(path, with: [1])
      let file = try openForReading(path)
      #expect(FileSystemKind(of: file.raw) == .other)
      #expect(!FileSystemKind(of: file.raw).hasSoundLeases)
    }
  }
}
