package import Machine

/// A volume group of its own, on a disk of the test machine, whose logical volumes are mounted
/// while it is used.
package final class TestVolumeGroup {
  package let name: String
  /// The directory that holds the mount points; anything may be put there.
  package let workingDirectory: FilePath
  private var mountPoints: [FilePath] = []
  private var tools: SystemCommandRunner { SystemCommandRunner() }

  private init(name: String, workingDirectory: FilePath) {
    self.name = name
    self.workingDirectory = workingDirectory
  }

  /// Calls `body` with a new group, and takes everything away afterwards whatever happens.
  ///
  /// - Parameters:
  ///   - sizeMiB: How much of the disk it has.
  ///   - body: What to do with it.
  /// - Returns: What `body` returned.
  /// - Throws: What `body` threw, or the error of a step; ``TestDiskError`` outside the test machine.
  @discardableResult
  package static func with<Value>(
    sizeMiB: Int = 3000,
    _ body: (TestVolumeGroup) throws -> Value
  ) throws -> Value {
    try TestDisk.with(1) { disks in
      try withTemporaryDirectory { directory in
        let tools = SystemCommandRunner()
        try tools.run(Command("modprobe", "-a", "dm_mod", "dm_snapshot", "dm_thin_pool"))
        let disk = disks[0].device.string
        let name = "test-\(UInt32.random(in: 0 ... .max))"
        let group = TestVolumeGroup(name: name, workingDirectory: directory)
        try tools.run(Command("pvcreate", "-qy", "--setphysicalvolumesize", "\(sizeMiB)M", disk))
        try tools.run(Command("vgcreate", "-qy", name, disk))
        return try releasing {
          try body(group)
        } release: {
          try group.takeAway(disk)
        }
      }
    }
  }

  private func takeAway(_ disk: String) throws {
    for path in mountPoints.reversed() {
      if (try? tools.run(Command("umount", path.string))) == nil {
        try tools.run(Command("umount", "--lazy", path.string))
      }
    }
    try tools.run(Command("udevadm", "settle"))
    try tools.run(Command("vgremove", "-qff", "-y", name))
    try tools.run(Command("pvremove", "-qy", disk))
  }

  /// Makes a logical volume with a file system, mounted at a directory named like it.
  ///
  /// - Parameters:
  ///   - volume: Its name.
  ///   - type: What `mkfs.TYPE` knows.
  ///   - sizeMiB: Its size.
  ///   - pool: The thin pool that it lies in; nil for none.
  ///   - mountPoint: Where it is mounted; nil for below the working directory.
  /// - Returns: Where it is mounted.
  /// - Throws: The ``CommandError`` of a step.
  package func create(
    _ volume: String,
    _ type: String,
    sizeMiB: Int,
    inPool pool: String? = nil,
    at mountPoint: FilePath? = nil
  ) throws -> FilePath {
    let size = ["-L", "\(sizeMiB)M", name]
    let place = pool.map { ["-V", "\(sizeMiB)M", "--thinpool", "\(name)/\($0)"] } ?? size
    try tools.run(Command("lvcreate", arguments: ["-qy", "-n", volume] + place))
    try tools.run(Command("modprobe", type))
    try tools.run(Command("mkfs.\(type)", "-q", "/dev/\(name)/\(volume)"))
    let path = mountPoint ?? workingDirectory.appending(volume)
    try tools.run(Command("mkdir", "-p", path.string))
    try tools.run(Command("mount", "/dev/\(name)/\(volume)", path.string))
    mountPoints.append(path)
    return path
  }

  /// Makes a thin pool.
  package func createPool(_ pool: String, sizeMiB: Int) throws {
    let arguments = ["-qy", "--type", "thin-pool", "-L", "\(sizeMiB)M", "-n", pool, name]
    try tools.run(Command("lvcreate", arguments: arguments))
  }

  /// All that LVM knows of the group's logical volumes.
  package func volumes() throws -> [LogicalVolume] {
    let all = LogicalVolume.all(parsing: try tools.run(LVM.volumes())) ?? []
    return all.filter { $0.group == name }
  }

  /// The names of our volume snapshots.
  package func ourSnapshots() throws -> [String] {
    try volumes().filter { $0.tags.contains { $0.hasPrefix("stillpoint_") } }.map(\.name)
  }

  /// The devices of the group that are suspended.
  package func suspendedDevices() -> [String] {
    let prefix = LVM.deviceName(group: name, name: "")
    return BlockDevices().mapped().filter { $0.isSuspended && $0.name.hasPrefix(prefix) }
      .map(\.name)
  }
}
