import Keeping
import Machine
import Planning
import Snapshotting
import TestSupport
import Viewing

/// A btrfs on a loop device, with what a backup needs to freeze it.
struct TestVolumes {
  let loop: LoopDevice
  let tools = SystemCommandRunner()

  /// Calls `body` with a new btrfs.
  static func with(options: String = "", _ body: (TestVolumes) throws -> Void) throws {
    try LoopDevice.with("btrfs", sizeMiB: 512, options: options) { loop in
      try body(TestVolumes(loop: loop))
    }
  }

  var root: FilePath { loop.mountPoint }
  var state: FilePath { loop.workingDirectory.appending("state") }
  var driver: BtrfsDriver { BtrfsDriver(state: state) }
  var journal: Journal { Journal(folder: state) }

  /// Runs a shell script in the top of the file system.
  @discardableResult
  func shell(_ script: String) throws -> String {
    try tools.text(of: Command("sh", "-ec", "cd \"$0\"; " + script, root.string))
  }

  func plan(
    _ sources: FilePath...,
    policy: SnapshotPolicy = .on,
    staysOnFileSystem: Bool = false
  ) throws -> Plan {
    var exclusions = Exclusions()
    exclusions.staysOnFileSystem = staysOnFileSystem
    return try makePlan(
      policy: policy,
      inputs: .gathered(for: sources, exclusions: exclusions)
    )
  }

  /// Freezes what `plan` says and calls `body` with the view.
  func viewing(
    _ plan: Plan,
    _ driver: BtrfsDriver? = nil,
    _ body: (View, any SnapshotSet) throws -> Void
  ) throws {
    let driver = driver ?? self.driver
    let set = try naming { try driver.prepare(driver.marks(for: plan.volumes, run: .random())) }
    try releasing {
      try set.flush()
      try set.take()
      let snapshots = try set.identify()
      try body(try makeView(of: plan, snapshots: snapshots, traces: set.traces), set)
      try set.verify()
    } release: {
      try set.discard()
    }
  }

  /// Calls `body`; an error is thrown with its causes, so that the test says what went wrong.
  func naming<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as any ExplainedError {
      var texts = ["\(error)"]
      var next = error.cause
      while let cause = next {
        texts.append("\(cause)")
        next = (cause as? any ExplainedError)?.cause
      }
      throw Explained(text: texts.joined(separator: ": "))
    }
  }

  struct Explained: Error, CustomStringConvertible {
    var text: String
    var description: String { text }
  }

  /// The subvolumes of the file system, by path from the top level.
  func subvolumes() throws -> [String] {
    try tools.text(of: Command("btrfs", "subvolume", "list", root.string))
      .split(separator: "\n").compactMap { $0.split(separator: " ").last.map { String($0) } }
  }
}

extension View {
  /// Those of frozen roots.
  var deviceIDs: [UInt64] {
    roots.compactMap { root in
      if case .frozen(let id) = root.kind { id } else { nil }
    }
  }

  /// The content of the file at `path`, below one of the view's roots.
  func content(of path: FilePath) throws -> String {
    let root = root(for: path)
    var parent = path.removingLastComponent()
    if root.entry != nil { return try root.file(root.entry, path) }
    _ = parent.removePrefix(root.path)
    let directory = try openDirectory(beneath: root.directory.raw, parent, subject: path)
    let name = path.lastComponent.map { FileName($0.bytes) }
    return try read(name, in: directory.raw, path)
  }

  /// The names in the directory at `path`, which is the place of a root or below one.
  func names(in path: FilePath) throws -> [String] {
    let root = root(for: path)
    var inner = path
    _ = inner.removePrefix(root.path)
    let directory = try openDirectory(beneath: root.directory.raw, inner, subject: path)
    let listing = try DirectoryListing(reading: directory.raw, subject: path)
    return (0..<listing.count).map { listing.name(at: $0).text }
  }

  /// What the archiver would see of the directory at `path`.
  func metadata(of path: FilePath) throws -> FileMetadata {
    let root = root(for: path)
    var inner = path
    _ = inner.removePrefix(root.path)
    let directory = try openDirectory(beneath: root.directory.raw, inner, subject: path)
    return root.corrected(try fileMetadata(in: directory.raw, subject: path))
  }
}

extension ViewRoot {
  fileprivate func file(_ name: FileName?, _ path: FilePath) throws -> String {
    try read(name, in: directory.raw, path)
  }
}

private func read(_ name: FileName?, in directory: CInt, _ path: FilePath) throws -> String {
  let file = try openFile(in: directory, name ?? FileName("."), .reading, subject: path)
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
  defer { buffer.deallocate() }
  let count = try readNext(from: file.raw, into: buffer, subject: path)
  return String(decoding: buffer[..<count], as: UTF8.self)
}
