import Machine

extension Planner {
  /// How a directory on a CephFS can be read; nil for one on another file system.
  mutating func coverageOnCephFS(of path: FilePath, on mount: Mount) -> Coverage? {
    guard ["ceph", "fuse.ceph", "fuse.ceph-fuse"].contains(mount.type) else { return nil }
    if mount.isFileSystemReadOnly { return .still(reason: "its file system is read-only") }
    if inputs.fileMounts.contains(path) {
      return .live(reason: "a single file of its file system is mounted here")
    }
    guard inputs.isPrivileged else {
      return .live(reason: "programs that write there can't be held without root")
    }
    // Below the mount's own root, wherever that is in the file system.
    let inside = FilePath(
      root: nil,
      path.components.dropFirst(mount.mountPoint.components.count)
    )
    let volume = Volume(
      name: .cephfs(source: mount.source.string + mount.root.string),
      device: mount.source,
      type: mount.type,
      directory: mount.mountPoint,
      isWhole: true
    )
    remember(volume)
    return .frozen(volume.key, inside: inside)
  }
}
