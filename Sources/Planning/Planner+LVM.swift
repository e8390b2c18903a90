import Machine

extension Planner {
  /// How a directory can be read that lies on a logical volume in any way; nil when it doesn't.
  mutating func coverageOnLVM(of path: FilePath, on mount: Mount) -> Coverage? {
    guard let device = inputs.lvm.devices[mount.device] else { return nil }
    if mount.isFileSystemReadOnly { return .still(reason: "its file system is read-only") }
    guard case .logicalVolume(let group, let name, let uuid, layer: nil) = device.kind else {
      return .live(reason: reasonNotOnTop(device))
    }
    if let reason = reasonAgainstLVM(device, uuid, mount) { return .live(reason: reason) }
    if inputs.fileMounts.contains(path) {
      return .live(reason: "a single file of its file system is mounted here")
    }
    guard let inside = mount.inside(path) else {
      return .live(reason: "the directory that is mounted here was removed")
    }
    let volume = Volume(
      name: .lvm(group: group, name: name, uuid: uuid, isThin: device.thinPool != nil),
      device: mount.source,
      type: mount.type,
      directory: mount.mountPoint,
      isWhole: mount.root == "/"
    )
    remember(volume)
    return .frozen(volume.key, inside: inside)
  }

  /// Why a file system isn't snapshotted with a logical volume that lies somewhere below it.
  private func reasonNotOnTop(_ device: BlockDevice) -> String {
    if device.isInnerLayer {
      return "it lies on an inner part of the logical volume \(device.name)"
    }
    let stack = "its file system is on \(device)"
    if case .encrypted = device.kind {
      return "\(stack): a volume snapshot of that would need its key"
    }
    return "\(stack): only a file system right on a logical volume is snapshotted with it"
  }

  private func reasonAgainstLVM(
    _ device: BlockDevice,
    _ uuid: String,
    _ mount: Mount
  ) -> String? {
    guard ["ext2", "ext3", "ext4", "xfs"].contains(mount.type) else {
      return "a logical volume isn't snapshotted for \(mount.type) on it"
    }
    if device.isThickSnapshot {
      return "its logical volume \(device.name) is a volume snapshot, of which LVM takes none"
    }
    if device.thinPool != nil, device.hasThickSnapshots {
      // Measured: what was written just before is missing then.
      return "its logical volume \(device.name) is thin and has thick volume snapshots; while it "
        + "has, LVM doesn't stop writes for a thin one"
    }
    if inputs.lvm.externalJournals.contains(mount.device) || hasPartElsewhere(mount) {
      return "a part of its file system, such as its journal, is on another device"
    }
    guard inputs.isPrivileged else {
      return "taking a volume snapshot of its logical volume needs root"
    }
    return inputs.lvm.obstacle(to: uuid, isThin: device.thinPool != nil)
  }

  private func hasPartElsewhere(_ mount: Mount) -> Bool {
    mount.superOptions.contains { option in
      ["logdev=", "rtdev=", "journal_dev=", "journal_path="].contains { option.hasPrefix($0) }
    }
  }
}
