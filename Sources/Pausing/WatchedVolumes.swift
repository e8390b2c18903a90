import Machine

/// The devices that tell whether a file lies on one of the volumes, and a directory on each file
/// system, held open so that nothing has to be opened during a pause.
struct WatchedVolumes {
  /// A directory through which a file system is marked.
  struct Place {
    var path: FilePath
    var directory: SharedDescriptor
    /// Whether it is an overlay that writes to a volume.
    var isOverlay = false
  }

  /// `st_dev` of the volumes.
  private(set) var devices: Set<UInt64> = []
  /// Of the file systems, as `maps` shows them.
  private(set) var superblocks: Set<UInt64> = []
  /// The ids of those that are btrfs subvolumes.
  private(set) var subvolumes: Set<UInt64> = []
  /// One for each file system, overlays included.
  private(set) var places: [Place] = []
  private var hasOverlays = false
  private var overlays: [UInt64: Bool] = [:]

  /// Opens the paths and looks for overlays that write to them.
  ///
  /// - Throws: ``SystemCallError`` when a path can't be opened.
  init(_ paths: [FilePath], table: ProcessTable) throws {
    let mounts = MountLine.all(
      in: table.contents(of: ProcessPath(Host.processID, "mountinfo")) ?? []
    )
    for path in paths {
      let directory = try Descriptor.open(path)
      let metadata = try fileMetadata(in: directory.raw, subject: path)
      devices.insert(metadata.device)
      if let subvolume = try? Btrfs.subvolume(of: directory.raw, subject: path) {
        subvolumes.insert(subvolume.id)
      }
      let superblock = mounts.first { $0.id == metadata.mountID }?.device ?? metadata.device
      if superblocks.insert(superblock).inserted {
        places.append(Place(path: path, directory: SharedDescriptor(directory)))
      }
    }
    try addOverlays(table)
  }

  /// Whether `file`, descriptor `number` in the `/proc/PID/fd` at `directory`, lies on a volume.
  mutating func contain(_ file: WritableFile, in directory: CInt, _ number: ProcessID) -> Bool {
    guard file.isRegular else { return false }
    if devices.contains(file.device) { return true }
    guard hasOverlays, isAnonymous(file.device) else { return false }
    if let known = overlays[file.device] { return known }
    // A file on an overlay may have a device of its own; which overlay it is doesn't matter.
    let isOverlay = isOnOverlay(in: directory, number)
    overlays[file.device] = isOverlay
    return isOverlay
  }

  /// Whether an open file lies on a volume.
  func contain(_ file: CInt) -> Bool {
    guard let metadata = try? fileMetadata(in: file, subject: "") else { return true }
    return devices.contains(metadata.device) || (hasOverlays && isAnonymous(metadata.device))
  }

  // Overlays of every mount namespace: containers have their own.
  private mutating func addOverlays(_ table: ProcessTable) throws {
    var processes: [ProcessID] = []
    var namespaces: Set<UInt64> = []
    table.listProcesses(into: &processes)
    for process in processes {
      guard let namespace = table.inode(behind: ProcessPath(process, "ns/mnt")),
        namespaces.insert(namespace).inserted,
        let text = table.contents(of: ProcessPath(process, "mountinfo"))
      else { continue }
      for mount in MountLine.all(in: text) {
        if let upper = mount.upperDirectory, !superblocks.contains(mount.device) {
          addOverlay(mount, upper: upper, seenBy: process)
        }
      }
    }
  }

  private mutating func addOverlay(
    _ mount: MountLine,
    upper: [UInt8],
    seenBy process: ProcessID
  ) {
    let root = FilePath("/proc/\(process)/root")
    func below(_ root: FilePath, _ path: [UInt8]) -> FilePath {
      root.appending(FilePath(String(decoding: path, as: UTF8.self)).removingRoot().components)
    }
    let upperDevice = [root, "/"].lazy
      .compactMap { try? fileMetadata(of: below($0, upper), followingLinks: true).device }
      .first
    guard let upperDevice, devices.contains(upperDevice) else { return }
    hasOverlays = true
    superblocks.insert(mount.device)
    overlays[mount.device] = true
    let path = below(root, mount.mountPoint)
    // An overlay that is mounted over can't be marked; its writers are found all the same.
    if let directory = try? Descriptor.open(path) {
      places.append(
        Place(path: path, directory: SharedDescriptor(directory), isOverlay: true)
      )
    }
  }

  // Devices of file systems without a block device have the major number 0.
  private func isAnonymous(_ device: UInt64) -> Bool { device & 0xfff00 == 0 && device >> 32 == 0 }
}
