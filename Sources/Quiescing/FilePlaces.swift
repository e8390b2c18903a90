import Machine

/// Finds the paths, as this process sees them, of files that others have open.
struct FilePlaces {
  private let table: ProcessTable
  private let ownNamespace: UInt64?
  /// The mounts that this process sees.
  private let mounts: [Mount]
  /// Those that others see, by their mount namespaces.
  private var foreign: [UInt64: [Mount]] = [:]

  init(_ table: ProcessTable, mounts: [Mount]) {
    self.table = table
    self.mounts = mounts
    ownNamespace = table.inode(behind: ProcessPath(Host.processID, "ns/mnt"))
  }

  /// Where the file behind `link`, a link of `process` below `/proc`, stands.
  ///
  /// - Parameters:
  ///   - link: Of an open file or a mapping.
  ///   - process: Whose it is.
  ///   - key: What must be there.
  /// - Returns: Nil when it has no path here, such as a removed file.
  mutating func path(behind link: ProcessPath, of process: ProcessID, _ key: FileKey) -> FilePath? {
    guard let shown = table.pathShown(by: link), shown.isAbsolute else { return nil }
    if leads(shown, to: key) { return shown }
    return pathsHere(of: shown, seenBy: process).first { leads($0, to: key) }
  }

  private func leads(_ path: FilePath, to key: FileKey) -> Bool {
    (try? fileMetadata(of: path)).map { $0.type == .regular && FileKey($0) == key } ?? false
  }

  /// Where a path of another mount namespace may be in ours.
  private mutating func pathsHere(of path: FilePath, seenBy process: ProcessID) -> [FilePath] {
    guard let namespace = table.inode(behind: ProcessPath(process, "ns/mnt")),
      namespace != ownNamespace
    else { return [] }
    if foreign[namespace] == nil {
      let text = table.contents(of: ProcessPath(process, "mountinfo")) ?? []
      foreign[namespace] = MountTable(parsing: text).visible()
    }
    guard let mount = foreign[namespace]?.last(where: { path.starts(with: $0.mountPoint) }),
      !mount.isRootRemoved
    else { return [] }
    let inside = mount.root.below(path, from: mount.mountPoint)
    return mounts.filter { $0.device == mount.device && inside.starts(with: $0.root) }
      .map { $0.mountPoint.below(inside, from: $0.root) }
  }
}

extension FilePath {
  /// This path, and below it what leads from `top` to `path`.
  fileprivate func below(_ path: FilePath, from top: FilePath) -> FilePath {
    appending(path.components.dropFirst(top.components.count))
  }
}
