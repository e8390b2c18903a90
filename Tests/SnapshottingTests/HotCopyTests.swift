import Foundation
import Machine
import Planning
import Snapshotting
import TestSupport
import Testing

/// Copies of what programs have open, on file systems without volume snapshots.
@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.xfs"), .requires(tool: "python3"))
struct `Hot copies` {
  /// A program with files open on a file system.
  private final class Opener {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// Runs `script` in Python, which says `ready` once and then does something for each line.
    init(_ script: String, in folder: FilePath) throws {
      process.executableURL = URL(filePath: "/usr/bin/python3")
      process.arguments = [
        "-c", "import mmap, os, sys\nos.chdir(sys.argv[1])\n" + script, folder.string,
      ]
      process.standardInput = input
      process.standardOutput = output
      try process.run()
      _ = output.fileHandleForReading.readData(ofLength: 1)
    }

    var processID: ProcessID { process.processIdentifier }

    /// Has it go on, and waits until it has.
    func goOn() throws {
      try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
      _ = output.fileHandleForReading.readData(ofLength: 1)
    }

    deinit {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }

  /// Copies what `script` has open, as in a pause: it waits.
  ///
  /// With `changesBefore` it goes on once between what is prepared and the pause.
  private func withHotSet(
    _ type: String,
    _ script: String,
    options: HotCopyOptions = HotCopyOptions(),
    changesBefore: Bool = false,
    _ body: (HotSet, FilePath, Opener) throws -> Void
  ) throws {
    try LoopDevice.with(type) { device in
      let source = device.mountPoint.appending("source")
      try makeDirectories(source)
      let opener = try Opener(script + "\nprint('r', end='', flush=True)\n" + Self.wait, in: source)
      let number = try fileMetadata(of: source).device
      var volume = Volume(
        name: .mounted(device: number, clones: type == "xfs"),
        device: device.device,
        type: type,
        directory: device.mountPoint,
        isWhole: true
      )
      volume.startingPoints = [source]
      let driver = HotCopyDriver(options)
      let set = try driver.prepare(driver.marks(for: [volume], run: .random()))
      try set.flush()
      if changesBefore { try opener.goOn() }
      try set.take(holding: [opener.processID])
      let hot = try #require(try set.identify().first?.hot)
      try body(hot, source, opener)
    }
  }

  private static let wait = """
    for line in sys.stdin:
        then()
        print('d', end='', flush=True)
    """

  private func key(_ path: FilePath) throws -> FileKey { FileKey(try fileMetadata(of: path)) }

  private func content(_ file: HotFile?) throws -> [UInt8] {
    let file = try #require(file)
    var bytes = [UInt8](repeating: 0, count: Int(file.metadata.size))
    let count = try bytes.withUnsafeMutableBytes {
      try read(into: $0, from: file.content.raw, at: 0, subject: "")
    }
    #expect(count == bytes.count)
    return bytes
  }

  @Test(arguments: ["ext4", "xfs"])
  func `are what was written, and stay that`(type: String) throws {
    let script = """
      files = [open(name, "w+b", buffering=0) for name in ("small", "large", "gone")]
      files[0].write(b"a" * 1000)
      files[1].write(b"b" * (3 << 20)); files[1].truncate(8 << 20); files[1].seek(8 << 20)
      files[1].write(b"c")
      os.unlink("gone")
      open("recent", "w").write("recent")
      open("old", "w").write("old")
      os.utime("old")
      def then():
          for file in files: file.seek(0); file.write(b"x" * 100)
          os.rename("small", "other")
      """
    var options = HotCopyOptions()
    options.sizeMax = 9 << 20
    try withHotSet(type, script, options: options) { hot, source, opener in
      let small = try key(source.appending("small"))
      let large = try key(source.appending("large"))
      try opener.goOn()
      #expect(try content(hot.files[small]) == [UInt8](repeating: 0x61, count: 1000))
      let found = try content(hot.files[large])
      #expect(found.count == 8 << 20 + 1)
      #expect(found.prefix(3 << 20).allSatisfy { $0 == 0x62 })
      #expect(found.dropFirst(3 << 20).dropLast().allSatisfy { $0 == 0 })
      #expect(found.last == 0x63)
      #expect(hot.files[try key(source.appending("recent"))] != nil)
      let folder = try #require(hot.directories[try key(source)])
      let names = (0..<folder.listing.count).map { folder.listing.name(at: $0).text }
      #expect(names == ["large", "old", "recent", "small"])
      #expect(hot.files.count == 4)
      #expect(hot.uncopied.isEmpty)
      #expect(!hot.holds(try fileMetadata(of: source.appending("other")).changed))
      #expect(hot.holds(try fileMetadata(of: source.appending("recent")).changed))
    }
  }

  @Test func `have nothing of what was there before the pause`() throws {
    let script = """
      files = [open(name, "w+b", buffering=0) for name in ("shorter", "empty", "punched")]
      for file in files: file.write(b"a" * (4 << 20)); os.fsync(file.fileno())
      def then():
          files[0].truncate(0); files[0].seek(0); files[0].write(b"new")
          files[1].truncate(0)
          import subprocess
          subprocess.run(["fallocate", "-z", "-o", "1M", "-l", "1M", "punched"], check=True)
      """
    try withHotSet("ext4", script, changesBefore: true) { hot, source, _ in
      func found(_ name: String) throws -> [UInt8] {
        let file = try #require(hot.files[try key(source.appending(name))])
        // To its end, as it is read.
        let size = try fileMetadata(in: file.content.raw, subject: source).size
        #expect(size == file.metadata.size, "\(name)")
        return try content(file)
      }
      #expect(try found("shorter") == Array("new".utf8))
      #expect(try found("empty") == [])
      let punched = try found("punched")
      #expect(punched[1 << 20..<2 << 20].allSatisfy { $0 == 0 })
      #expect(punched[..<(1 << 20)].allSatisfy { $0 == 0x61 })
      #expect(punched[(2 << 20)...].allSatisfy { $0 == 0x61 })
    }
  }

  @Test func `are not made of more than is allowed, and the small come first`() throws {
    let script = """
      files = [open(name, "w+b", buffering=0) for name in ("a", "b", "c")]
      for file, size in zip(files, (4 << 20, 1000, 2 << 20)): file.write(b"a" * size)
      """
    var options = HotCopyOptions()
    options.sizeMax = 3 << 20
    try withHotSet("ext4", script, options: options) { hot, source, _ in
      #expect(hot.files[try key(source.appending("b"))] != nil)
      #expect(hot.files[try key(source.appending("c"))] != nil)
      let reason = hot.uncopied[try key(source.appending("a"))]
      #expect(reason == "was too large for --hot-copy-max")
    }
    // A clone takes no room.
    try withHotSet("xfs", script, options: options) { hot, _, _ in
      #expect(hot.uncopied.isEmpty)
      #expect(hot.files.count == 3)
    }
  }

  @Test func `end with their time`() throws {
    let script = """
      files = [open(str(number), "w+b", buffering=0) for number in range(3)]
      for file in files: file.write(b"a" * (2 << 20))
      """
    var options = HotCopyOptions()
    options.lengthMax = .zero
    try withHotSet("ext4", script, options: options) { hot, _, _ in
      #expect(hot.files.isEmpty)
      #expect(hot.uncopied.values.allSatisfy { $0 == "could not be copied within --max-pause" })
      #expect(hot.uncopied.count == 3)
    }
  }

  @Test(arguments: ["ext4", "xfs"])
  func `of mapped files are made, and the next store shows in the times`(type: String) throws {
    let script = """
      file = os.open("mapped", os.O_RDWR | os.O_CREAT)
      os.ftruncate(file, 8192)
      memory = mmap.mmap(file, 8192)
      os.close(file)
      memory[0:1] = b"1"
      memory[0:1] = b"2"
      def then(): memory[0:1] = b"3"
      """
    try withHotSet(type, script) { hot, source, opener in
      let path = source.appending("mapped")
      let before = try fileMetadata(of: path)
      #expect(try content(hot.files[FileKey(before)]).first == 0x32)
      try opener.goOn()
      let after = try fileMetadata(of: path)
      #expect(after.changed > before.changed)
      #expect(!hot.holds(after.changed))
    }
  }
}
