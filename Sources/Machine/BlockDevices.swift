/// What the kernel says of block devices, in a tree of files that is `/sys`.
///
/// Nothing here needs root.
package struct BlockDevices: Sendable {
  /// `/sys`, or what stands in for it.
  package let root: FilePath

  package init(root: FilePath = "/sys") { self.root = root }

  /// More than are ever stacked.
  private static let depthMax = 16

  /// Looks at a device and all below it.
  ///
  /// - Parameter number: As in `st_dev`.
  /// - Returns: Nil when there is no such block device, as for file systems without one.
  package func device(_ number: UInt64) -> BlockDevice? {
    (try? realPath(folder(of: number))).flatMap { device(in: $0, depth: 0) }
  }

  private func folder(of number: UInt64) -> FilePath {
    root.appending("dev/block/\(deviceText(number))")
  }

  private func device(in folder: FilePath, depth: Int) -> BlockDevice? {
    guard depth < Self.depthMax, let number = number(in: folder) else { return nil }
    let below = foldersBelow(folder).compactMap { device(in: $0, depth: depth + 1) }
    let kernelName = (folder.lastComponent?.string ?? "").replacing("!", with: "/")
    let path = "/dev/\(kernelName)"
    if let mapped = MappedDevice(in: folder) {
      return BlockDevice(
        number: number,
        name: mapped.volumeName ?? "/dev/mapper/\(mapped.name)",
        kind: mapped.kind,
        below: below
      )
    }
    let kind: BlockDevice.Kind =
      if let level = text(folder.appending("md/level")) {
        .raid(level: level)
      } else if let file = text(folder.appending("loop/backing_file")) {
        .loop(FilePath(file))
      } else if text(folder.appending("partition")) != nil {
        .partition
      } else {
        .disk
      }
    return BlockDevice(number: number, name: path, kind: kind, below: below)
  }

  private func number(in folder: FilePath) -> UInt64? {
    let parts = (text(folder.appending("dev")) ?? "").split(separator: ":")
      .compactMap { UInt32($0) }
    return parts.count == 2 ? deviceNumber(major: parts[0], minor: parts[1]) : nil
  }

  private func foldersBelow(_ folder: FilePath) -> [FilePath] {
    if text(folder.appending("partition")) != nil { return [folder.removingLastComponent()] }
    let slaves = folder.appending("slaves")
    return ((try? LocalFiles.names(in: slaves)) ?? []).sorted().compactMap { name in
      try? realPath(FilePath(bytes: slaves.bytes + [UInt8(ascii: "/")] + name.bytes))
    }
  }

  // MARK: The device mapper

  /// All devices of the device mapper.
  package func mapped() -> [MappedDevice] {
    let folder = root.appending("block")
    return ((try? LocalFiles.names(in: folder)) ?? []).sorted().compactMap { name in
      MappedDevice(in: FilePath(bytes: folder.bytes + [UInt8(ascii: "/")] + name.bytes))
    }
  }

  // MARK: File systems

  /// Whether the ext file system on a device has its journal on another one.
  ///
  /// The thread that writes the journal is named for its device, and when that is a file in the
  /// file system for its inode too.
  package func hasExternalJournal(_ number: UInt64) -> Bool {
    guard let name = (try? realPath(folder(of: number)))?.lastComponent?.string,
      let task = text(root.appending("fs/ext4/\(name)/journal_task")).flatMap({ ProcessID($0) }),
      let thread = text(FilePath("/proc/\(task)/comm"))
    else { return false }
    return thread.hasPrefix("jbd2/") && !thread.hasPrefix("jbd2/\(name)-")
  }

  // MARK: Statistics

  /// How long the machine has been running.
  package var secondsSinceStart: UInt64 {
    (text("/proc/uptime") ?? "").split(separator: ".").first.flatMap { UInt64($0) } ?? 0
  }

  /// How many bytes have been written to a device since the machine was started.
  ///
  /// - Returns: Nil when there is no such device.
  package func bytesWritten(to number: UInt64) -> UInt64? {
    let numbers = (text(folder(of: number).appending("stat")) ?? "")
      .split(separator: " ").compactMap { UInt64($0) }
    // The seventh counts sectors, which are always 512 bytes here.
    return numbers.count > 6 ? numbers[6] &* 512 : nil
  }

  private func text(_ path: FilePath) -> String? { kernelText(path) }
}

/// A device of the device mapper.
package struct MappedDevice: Hashable, Sendable {
  /// Such as `vg-home`, of which the node is `/dev/mapper/vg-home`.
  package var name: String
  /// Says who made it, such as `LVM-…` or `CRYPT-…`.
  package var uuid: String
  /// Whether everybody who uses it waits.
  package var isSuspended: Bool

  package init(name: String, uuid: String, isSuspended: Bool) {
    self.name = name
    self.uuid = uuid
    self.isSuspended = isSuspended
  }

  init?(in folder: FilePath) {
    guard let name = kernelText(folder.appending("dm/name")),
      let uuid = kernelText(folder.appending("dm/uuid"))
    else { return nil }
    let isSuspended = kernelText(folder.appending("dm/suspended")) == "1"
    self.init(name: name, uuid: uuid, isSuspended: isSuspended)
  }

  /// Whether it is a logical volume, or an inner layer of it.
  ///
  /// - Parameter volume: Its uuid, as `lvs` writes it.
  /// - Returns: Whether it is one or the other.
  package func belongs(to volume: String) -> Bool { logicalVolume?.uuid == volume }

  /// The uuid and the layer of a logical volume: `LVM-`, 32 characters of the group's uuid and 32 of
  /// its own, and for an inner part a dash and its name.
  var logicalVolume: (uuid: String, layer: String?)? {
    let parts = uuid.split(separator: "-", maxSplits: 2)
    guard parts.count >= 2, parts[0] == "LVM", parts[1].utf8.count == 64 else { return nil }
    var rest = parts[1].suffix(32)
    // lvs writes dashes in between.
    let groups = [6, 4, 4, 4, 4, 4, 6].map { count in
      let group = rest.prefix(count)
      rest = rest.dropFirst(count)
      return group
    }
    return (groups.joined(separator: "-"), parts.count > 2 ? String(parts[2]) : nil)
  }

  var kind: BlockDevice.Kind {
    if let (uuid, layer) = logicalVolume, let (group, volume) = volumeParts {
      return .logicalVolume(group: group, name: volume, uuid: uuid, layer: layer)
    }
    if uuid.hasPrefix("CRYPT-") {
      return .encrypted(uuid.hasPrefix("CRYPT-LUKS") ? "LUKS" : "encryption")
    }
    return .mapped
  }

  /// `GROUP/NAME` of a logical volume.
  var volumeName: String? {
    guard logicalVolume != nil, let (group, volume) = volumeParts else { return nil }
    return "\(group)/\(volume)"
  }

  /// The names of a logical volume: single dashes are between them, doubled ones within.
  private var volumeParts: (group: String, name: String)? {
    let joined = name.replacing("--", with: "/")
    let parts = joined.split(separator: "-", omittingEmptySubsequences: false)
      .map { $0.replacing("/", with: "-") }
    return parts.count >= 2 ? (String(parts[0]), String(parts[1])) : nil
  }
}

/// The first line of a file of the kernel; nil when it can't be read.
private func kernelText(_ path: FilePath) -> String? {
  guard let bytes = try? readKernelFile(path) else { return nil }
  return String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
}
