import CLinux

/// One line of `/proc/self/mountinfo`.
package struct Mount: Hashable, Sendable {
  /// As `statx` says it of files seen through the mount.
  package var id: UInt64
  package var parentID: UInt64
  /// The superblock's device number, as `maps` shows it; of btrfs, `st_dev` is another one.
  package var device: UInt64
  /// The directory of the file system that is mounted.
  package var root: FilePath
  /// Whether that directory was removed while it was mounted; `root` then ends in `/deleted`.
  package var isRootRemoved: Bool
  package var mountPoint: FilePath
  package var isReadOnly: Bool
  /// Such as `btrfs` or `fuse.sshfs`.
  package var type: String
  /// The block device, or what the file system calls its source.
  package var source: FilePath
  /// Of the file system, not of this mount.
  package var superOptions: [String]

  /// Whether nothing can write to the file system through any mount.
  package var isFileSystemReadOnly: Bool { superOptions.contains("ro") }

  /// Reads one line, without its end; nil when it isn't one.
  package init?(parsing line: some Collection<UInt8>) {
    let fields = line.split(separator: UInt8(ascii: " ")).map { Array($0) }
    guard let dash = fields.firstIndex(of: [UInt8(ascii: "-")]), dash >= 6,
      fields.count >= dash + 4,
      let id = UInt64(text(fields[0])),
      let parentID = UInt64(text(fields[1]))
    else { return nil }
    let numbers = text(fields[2]).split(separator: ":").compactMap { UInt32($0) }
    guard numbers.count == 2 else { return nil }
    self.id = id
    self.parentID = parentID
    device = clinux_device(numbers[0], numbers[1])
    let rootField = unescapedField(fields[3])
    root = FilePath(bytes: rootField)
    // The kernel's mark. A path has no empty names, so that it could be a file's own name there.
    isRootRemoved = rootField.suffix(9).elementsEqual("//deleted".utf8)
    mountPoint = FilePath(bytes: unescapedField(fields[4]))
    isReadOnly = text(fields[5]).split(separator: ",").contains("ro")
    type = text(fields[dash + 1])
    source = FilePath(bytes: unescapedField(fields[dash + 2]))
    superOptions = text(fields[dash + 3]).split(separator: ",").map { String($0) }
  }
}

/// What is mounted where, as this process sees it.
package struct MountTable: Sendable {
  package let mounts: [Mount]

  /// Reads the text of a `mountinfo`; lines that aren't understood are passed over.
  package init(parsing bytes: some Collection<UInt8>) {
    mounts = bytes.split(separator: UInt8(ascii: "\n")).compactMap { Mount(parsing: $0) }
  }

  /// The table as it is now.
  ///
  /// See `proc_pid_mountinfo(5)`.
  package static func current() throws(SystemCallError) -> MountTable {
    MountTable(parsing: try readKernelFile("/proc/self/mountinfo"))
  }

  /// The mounts that can be reached by a path: not those that others have been mounted over.
  ///
  /// In the order of their mount points; what lies below another comes after it.
  package func visible() -> [Mount] {
    let known = Set(mounts.map(\.id))
    let children = Dictionary(grouping: mounts, by: \.parentID)
    let tops = mounts.filter { $0.parentID == $0.id || !known.contains($0.parentID) }
    var found: [Mount] = []
    var pending = uncovered(tops)
    while let mount = pending.popLast() {
      let above = (children[mount.id] ?? []).filter { $0.id != mount.id }
      if let cover = above.last(where: { $0.mountPoint == mount.mountPoint }) {
        pending.append(cover)
      } else {
        found.append(mount)
        pending += uncovered(above)
      }
    }
    return found.sorted { $0.mountPoint.bytes.lexicographicallyPrecedes($1.mountPoint.bytes) }
  }

  /// Those of `siblings`, which lie on one mount, that no other of them lies over.
  private func uncovered(_ siblings: [Mount]) -> [Mount] {
    siblings.enumerated().filter { position, mount in
      !siblings.enumerated().contains { other, cover in
        cover.mountPoint == mount.mountPoint
          ? other > position
          : mount.mountPoint.starts(with: cover.mountPoint)
      }
    }
    .map(\.element)
  }
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// The bytes behind an escaped field: the kernel writes space, tab, newline and backslash as a
/// backslash and three octal digits.
package func unescapedField(_ field: [UInt8]) -> [UInt8] {
  var bytes: [UInt8] = []
  var rest = field[...]
  while let byte = rest.popFirst() {
    let digits = rest.prefix(3)
    if byte == UInt8(ascii: "\\"), digits.count == 3,
      let code = UInt8(text(Array(digits)), radix: 8)
    {
      bytes.append(code)
      rest = rest.dropFirst(3)
    } else {
      bytes.append(byte)
    }
  }
  return bytes
}
