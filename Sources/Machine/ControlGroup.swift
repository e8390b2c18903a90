import Glibc

/// A control group of the kernel's that can be frozen: all of its processes stand still, and stay
/// so until somebody thaws it.
///
/// Both versions are known: `cgroup.freeze` of the second, `freezer.state` of the first. Source: the
/// kernel's `admin-guide/cgroup-v2.rst` and `admin-guide/cgroup-v1/freezer-subsystem.rst`.
package struct ControlGroup: Hashable, Sendable {
  private enum Version: Hashable { case first, second }

  /// Its folder, below where control groups are mounted.
  package let folder: FilePath
  private let version: Version

  /// The group that has this folder; nil when it isn't one that can be frozen.
  package init?(folder: FilePath) {
    self.folder = folder
    if Self.exists(folder.appending("cgroup.freeze")) {
      version = .second
    } else if Self.exists(folder.appending("freezer.state")) {
      version = .first
    } else {
      return nil
    }
  }

  /// The group that a process is in; nil when it is the root, which can't be frozen.
  ///
  /// - Throws: ``SystemCallError`` when the process is gone.
  package init?(of process: ProcessID, mounts: MountTable) throws(SystemCallError) {
    let text = String(
      decoding: try readKernelFile(FilePath("/proc/\(process)/cgroup")),
      as: UTF8.self
    )
    for (type, path) in Self.places(in: text) where path != "/" {
      let mount = mounts.visible().first {
        $0.type == type && Self.exists($0.mountPoint, type, path)
      }
      if let mount, let group = ControlGroup(folder: Self.joined(mount.mountPoint, path)) {
        self = group
        return
      }
    }
    return nil
  }

  /// What `/proc/PID/cgroup` says: the type of the file system that has the group, and its path there.
  ///
  /// The line of version 2 is `0::/path`, that of the freezer of version 1 `6:freezer:/path`.
  static func places(in text: String) -> [(type: String, path: String)] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return nil }
      if fields[0] == "0" && fields[1].isEmpty { return ("cgroup2", String(fields[2])) }
      guard fields[1].split(separator: ",").contains("freezer") else { return nil }
      return ("cgroup", String(fields[2]))
    }
  }

  private static func exists(_ path: FilePath) -> Bool {
    (try? fileMetadata(of: path, followingLinks: true)) != nil
  }

  private static func exists(_ mount: FilePath, _ type: String, _ path: String) -> Bool {
    exists(joined(mount, path).appending(type == "cgroup2" ? "cgroup.freeze" : "freezer.state"))
  }

  private static func joined(_ mount: FilePath, _ path: String) -> FilePath {
    mount.appending(String(path.drop { $0 == "/" }))
  }

  /// Whether every process in it stands still.
  package var isFrozen: Bool {
    switch version {
    case .first: text(of: "freezer.state") == "FROZEN\n"
    case .second: text(of: "cgroup.events")?.contains("frozen 1\n") == true
    }
  }

  /// Whether this process is in it, or in a group below it.
  ///
  /// - Throws: ``SystemCallError``.
  package func holds(_ process: ProcessID, mounts: MountTable) throws(SystemCallError) -> Bool {
    guard let group = try ControlGroup(of: process, mounts: mounts) else { return false }
    return group.folder.starts(with: folder)
  }

  /// Begins to freeze it; ``isFrozen`` says when it is.
  ///
  /// - Throws: ``SystemCallError``.
  package func freeze() throws(SystemCallError) {
    try write(version == .first ? "FROZEN" : "1")
  }

  /// Lets its processes go on; nothing happens when they aren't frozen.
  ///
  /// - Throws: ``SystemCallError``; a group that is gone is none.
  package func thaw() throws(SystemCallError) {
    do {
      try write(version == .first ? "THAWED" : "0")
    } catch {
      if error.errno != .noSuchFileOrDirectory && error.errno != .operationNotSupportedByDevice {
        throw error
      }
    }
  }

  private func write(_ word: String) throws(SystemCallError) {
    let path = folder.appending(version == .first ? "freezer.state" : "cgroup.freeze")
    let file = try Descriptor.open(path, O_WRONLY)
    let bytes = Array(word.utf8)
    try systemCall("write", path) { CInt(Glibc.write(file.raw, bytes, bytes.count)) }
  }

  private func text(of name: String) -> String? {
    (try? readKernelFile(folder.appending(name))).map { String(decoding: $0, as: UTF8.self) }
  }
}
