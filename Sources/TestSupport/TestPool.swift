package import Machine

/// A ZFS pool of its own, on a disk of the test machine, mounted while it is used.
package struct TestPool: Sendable {
  /// Of the pool and its first dataset.
  package let name: String
  /// Where that is mounted.
  package let mountPoint: FilePath
  /// The directory that holds the mount point; anything may be put there.
  package let workingDirectory: FilePath

  private static var tools: SystemCommandRunner { SystemCommandRunner() }

  /// Calls `body` with a new pool, and takes everything away afterwards whatever happens.
  ///
  /// - Parameter body: What to do with it.
  /// - Returns: What `body` returned.
  /// - Throws: What `body` threw, or the error of a step; ``TestDiskError`` outside the test machine.
  @discardableResult
  package static func with<Value>(_ body: (TestPool) throws -> Value) throws -> Value {
    try TestDisk.with(1) { disks in
      try withTemporaryDirectory { directory in
        try tools.run(Command("modprobe", "zfs"))
        let name = "test\(UInt32.random(in: 0 ... .max))"
        let top = directory.appending("pool")
        try tools.run(
          Command("zpool", "create", "-f", "-m", top.string, name, disks[0].device.string)
        )
        return try releasing {
          try body(TestPool(name: name, mountPoint: top, workingDirectory: directory))
        } release: {
          try tools.run(Command("zpool", "destroy", "-f", name))
        }
      }
    }
  }

  /// Makes a dataset below the first, mounted below it.
  package func create(_ dataset: String) throws {
    try Self.tools.run(Command("zfs", "create", "\(name)/\(dataset)"))
  }

  /// The names of all volume snapshots.
  package func snapshots() throws -> [String] {
    let list = Command("zfs", "list", "-H", "-t", "snapshot", "-o", "name", "-r", name)
    return try Self.tools.text(of: list).split(separator: "\n").map(String.init)
  }
}
