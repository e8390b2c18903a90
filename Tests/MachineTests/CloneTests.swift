import Machine
import TestSupport
import Testing

@Suite(.requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "mkfs.xfs"))
struct `A clone` {
  /// A file with data, a hole and an odd end.
  private func makeSource(_ path: FilePath) throws -> [UInt8] {
    let bytes =
      [UInt8](repeating: 1, count: 70_000) + [UInt8](repeating: 0, count: 1 << 20) + [2, 3]
    let file = try Descriptor.open(path, 0o102, mode: 0o600)  // O_RDWR | O_CREAT
    try bytes.withUnsafeBytes { bytes in
      let data = UnsafeRawBufferPointer(rebasing: bytes[..<70_000])
      try write(data, to: file.raw, at: 0, subject: path)
      let end = UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - 2)...])
      try write(end, to: file.raw, at: UInt64(bytes.count - 2), subject: path)
    }
    return bytes
  }

  @Test(arguments: ["btrfs", "xfs"])
  func `has the content and the holes`(type: String) throws {
    try LoopDevice.with(type) { device in
      let path = device.mountPoint.appending("source")
      let bytes = try makeSource(path)
      let source = try openForReading(path)
      #expect(FileSystemKind(of: source.raw).clonesAtomically)
      let copy = device.mountPoint.appending("copy")
      let file = try AtomicFile(in: device.mountPoint, prefix: "copy")
      try file.fill { raw in
        try cloneContent(of: source.raw, into: raw, subject: path)
        return UInt64(bytes.count)
      }
      try file.commit(as: copy, mode: 0o600)
      #expect(try LocalFiles.read(copy) == bytes)
      #expect(try fileMetadata(of: copy).blocks * 512 < 200_000)
    }
  }

  @Test(.requires(tool: "chattr"), arguments: [true, false])
  func `of a file that btrfs doesn't copy on write is made too`(isSourceInPlace: Bool) throws {
    try LoopDevice.with("btrfs") { device in
      let tools = SystemCommandRunner()
      for name in ["in-place", "usual"] {
        try tools.run(Command("mkdir", device.mountPoint.appending(name).string))
      }
      try tools.run(Command("chattr", "+C", device.mountPoint.appending("in-place").string))
      let folders = isSourceInPlace ? ["in-place", "usual"] : ["usual", "in-place"]
      let path = device.mountPoint.appending(folders[0]).appending("source")
      let bytes = try makeSource(path)
      let source = try openForReading(path)
      let folder = device.mountPoint.appending(folders[1])
      let file = try AtomicFile(in: folder, prefix: "copy")
      try file.fill { raw in
        try cloneContent(of: source.raw, into: raw, subject: path)
        return UInt64(bytes.count)
      }
      try file.commit(as: folder.appending("copy"), mode: 0o600)
      #expect(try LocalFiles.read(folder.appending("copy")) == bytes)
    }
  }

  @Test func `is refused where it can't be made`() throws {
    try LoopDevice.with("ext4") { device in
      try LoopDevice.with("xfs") { other in
        let path = device.mountPoint.appending("source")
        _ = try makeSource(path)
        let source = try openForReading(path)
        #expect(!FileSystemKind(of: source.raw).clonesAtomically)
        for (folder, reason) in [
          (device.mountPoint, Errno.notSupported), (other.mountPoint, .improperLink),
        ] {
          let file = try AtomicFile(in: folder, prefix: "copy")
          let error = #expect(throws: SystemCallError.self) {
            try file.fill { raw in
              try cloneContent(of: source.raw, into: raw, subject: path)
              return 0
            }
          }
          #expect(error == SystemCallError(call: "FICLONE", subject: path, errno: reason))
        }
      }
    }
  }
}
