import Machine
import Planning

/// What btrfs calls a volume.
struct BtrfsName {
  let fileSystem: VolumeID
  let number: UInt64
  let uuid: VolumeID
}

extension Volume {
  /// The name of a volume of btrfs, the only ones that the driver is handed.
  var btrfs: BtrfsName {
    guard case .btrfs(let fileSystem, let number, let uuid) = name else {
      preconditionFailure("a driver is handed volumes of its own mechanism")
    }
    return BtrfsName(fileSystem: fileSystem, number: number, uuid: uuid)
  }
}
