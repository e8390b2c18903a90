package import Machine

/// How a volume is frozen.
package enum Mechanism: String, CaseIterable, Sendable {
  case btrfs
}

/// What can be snapshotted as one: a btrfs subvolume.
package struct Volume: Hashable, Sendable {
  package var mechanism: Mechanism
  /// What names the volume whatever it is mounted as: of btrfs the subvolume's uuid.
  package var identity: VolumeID
  /// What names the file system that the volume is a part of.
  package var fileSystem: VolumeID
  /// The number that the mechanism knows the volume by: of btrfs the subvolume's id.
  package var number: UInt64
  /// The block device of the file system, as the mount table has it.
  package var device: FilePath
  /// A directory of the volume as it is mounted now, without symbolic links.
  package var directory: FilePath
  /// Whether `directory` is the volume's own top.
  package var isWhole: Bool
  /// Whether nothing can be written to it: it is its own volume snapshot.
  package var isReadOnly: Bool
  /// The inodes of the directories in which other volumes hang: where they do, a copy of this
  /// one has empty directories.
  package var nestingDirectories: Set<UInt64>

  package init(
    mechanism: Mechanism,
    identity: VolumeID,
    fileSystem: VolumeID,
    number: UInt64,
    device: FilePath,
    directory: FilePath,
    isWhole: Bool,
    isReadOnly: Bool = false,
    nestingDirectories: Set<UInt64> = []
  ) {
    self.mechanism = mechanism
    self.identity = identity
    self.fileSystem = fileSystem
    self.number = number
    self.device = device
    self.directory = directory
    self.isWhole = isWhole
    self.isReadOnly = isReadOnly
    self.nestingDirectories = nestingDirectories
  }

  /// Equal for the same volume, however it was found.
  package var key: VolumeKey { VolumeKey(fileSystem: fileSystem, number: number) }
}

/// Which volume of which file system.
package struct VolumeKey: Hashable, Sendable {
  package var fileSystem: VolumeID
  package var number: UInt64

  package init(fileSystem: VolumeID, number: UInt64) {
    self.fileSystem = fileSystem
    self.number = number
  }
}
