import Machine

extension Planner {
  /// How a directory on a mount of ZFS can be read.
  mutating func coverageOnZFS(of path: FilePath, on mount: Mount) -> Coverage {
    if mount.isFileSystemReadOnly { return .still(reason: "its file system is read-only") }
    guard let dataset = mount.dataset, let guid = inputs.zfs.datasets[dataset]?.guid else {
      let problem = inputs.zfs.problem.map { ": \($0)" } ?? ""
      return .live(reason: "its dataset can't be looked at\(problem)")
    }
    guard inputs.isPrivileged else {
      // `zfs allow` lets users take them; mounting them is root's.
      return .live(reason: "reading a volume snapshot of its dataset needs root")
    }
    guard let inside = mount.inside(path) else {
      return .live(reason: "the directory that is mounted here was removed")
    }
    remember(
      Volume(
        name: .zfs(dataset: dataset, guid: guid),
        device: mount.source,
        type: mount.type,
        directory: mount.mountPoint,
        isWhole: mount.root == "/",
        isMapped: inputs.zfs.mapped.contains(mount.device)
      )
    )
    return .frozen(VolumeKey(text: "zfs \(dataset)"), inside: inside)
  }
}
