package import Machine

/// How a volume is frozen.
package enum Mechanism: String, CaseIterable, Sendable {
  case btrfs
  case zfs
  case lvm
  case lvmThin = "lvm-thin"
  case apfs
  case cephfs
  /// No volume snapshot: what is being written is cloned while nobody can write.
  case clone
  /// The same, copied.
  case live

  /// Whether a volume snapshot is an instant by itself.
  ///
  /// That of btrfs writes out files one after the other while programs go on writing; that of
  /// CephFS leaves out what machines have not written out yet.
  package var isInstantAlone: Bool {
    self != .btrfs && self != .cephfs && hasVolumeSnapshots
  }

  /// Whether programs on other machines write there too, whom nobody here can hold.
  package var isShared: Bool { self == .cephfs }

  /// Whether something is made that a reader sees instead of the volume, and that must be removed.
  package var hasVolumeSnapshots: Bool { self != .clone && self != .live }

  /// How an instant is reached on a file system of this type that has no volume snapshots; nil
  /// where ctimes are not known to tell of every change.
  ///
  /// tmpfs isn't among them: what is stored to a mapping there never changes a time.
  package init?(heldOn type: String) {
    switch type {
    case "xfs": self = .clone
    case "ext2", "ext3", "ext4": self = .live
    default: return nil
    }
  }
}

/// What a mechanism calls a volume.
package enum VolumeName: Hashable, Sendable {
  /// A subvolume by its id, on the file system with that uuid.
  case btrfs(fileSystem: VolumeID, number: UInt64, uuid: VolumeID)
  /// A dataset, such as `tank/home`, and its guid.
  case zfs(dataset: String, guid: UInt64)
  /// A logical volume by its group and its own name, and its uuid as `lvs` writes it.
  case lvm(group: String, name: String, uuid: String, isThin: Bool)
  /// A volume of APFS by its uuid as `diskutil` writes it.
  case apfs(uuid: String)
  /// A directory of a CephFS as a mount names it: its source, such as `admin@FSID.fs=/home`.
  case cephfs(source: String)
  /// A file system by its device number.
  case mounted(device: UInt64, clones: Bool)
}

/// What can be snapshotted as one: a btrfs subvolume, a ZFS dataset, the file system on a logical
/// volume; or a file system on which writers are only held.
package struct Volume: Hashable, Sendable {
  package var name: VolumeName
  /// What the mount table has as the source of the mount, such as its block device.
  package var device: FilePath
  /// The type of the file system, as the mount table has it.
  package var type: String
  /// A directory of the volume as it is mounted now, without symbolic links.
  package var directory: FilePath
  /// Whether `directory` is the volume's own top.
  package var isWhole: Bool
  /// Whether nothing can be written to it: it is its own volume snapshot.
  package var isReadOnly: Bool
  /// Whether programs store into its files through mappings that its volume snapshot lacks.
  ///
  /// ZFS has what is mapped in memory twice; only what was written out is in its volume snapshots.
  package var isMapped: Bool
  /// The inodes of the directories in which other volumes hang: where they do, a copy of this
  /// one has empty directories.
  package var nestingDirectories: Set<UInt64>
  /// Where pieces of the sources stand that are read from the live file system.
  package var startingPoints: [FilePath] = []

  package init(
    name: VolumeName,
    device: FilePath,
    type: String,
    directory: FilePath,
    isWhole: Bool,
    isReadOnly: Bool = false,
    isMapped: Bool = false,
    nestingDirectories: Set<UInt64> = []
  ) {
    self.name = name
    self.device = device
    self.type = type
    self.directory = directory
    self.isWhole = isWhole
    self.isReadOnly = isReadOnly
    self.isMapped = isMapped
    self.nestingDirectories = nestingDirectories
  }

  package var mechanism: Mechanism {
    switch name {
    case .btrfs: .btrfs
    case .zfs: .zfs
    case .lvm(_, _, _, let isThin): isThin ? .lvmThin : .lvm
    case .apfs: .apfs
    case .cephfs: .cephfs
    case .mounted(_, let clones): clones ? .clone : .live
    }
  }

  /// Whether its volume snapshot is an instant without a pause.
  package var isInstantAlone: Bool { mechanism.isInstantAlone && !isMapped }

  /// What names the volume whatever it is mounted as: a uuid, a guid, or a source on a network;
  /// empty for what is read from the live file system.
  package var identity: String {
    switch name {
    case .btrfs(_, _, let uuid): "\(uuid)"
    case .zfs(_, let guid): "\(guid)"
    case .lvm(_, _, let uuid, _), .apfs(let uuid): uuid
    case .cephfs(let source): source
    case .mounted: ""
    }
  }

  /// Equal for volumes of which volume snapshots can be taken at one moment by one command.
  package var atomicGroup: String {
    switch name {
    case .btrfs, .lvm, .apfs, .cephfs, .mounted: key.text
    case .zfs(let dataset, _): "zfs \(dataset.prefix { $0 != "/" })"
    }
  }

  /// Equal for the same volume, however it was found.
  package var key: VolumeKey {
    switch name {
    case .btrfs(let fileSystem, let number, _): .btrfs(fileSystem, number)
    case .zfs(let dataset, _): VolumeKey(text: "zfs \(dataset)")
    case .lvm(let group, let name, _, _): VolumeKey(text: "lvm \(group)/\(name)")
    case .apfs(let uuid): VolumeKey(text: "apfs \(uuid)")
    case .cephfs(let source): VolumeKey(text: "cephfs \(source)")
    case .mounted(let device, _): VolumeKey(text: "mounted \(device)")
    }
  }
}

/// Which volume.
package struct VolumeKey: Hashable, Sendable {
  /// The mechanism and what that calls the volume.
  package var text: String

  package init(text: String) { self.text = text }

  package static func btrfs(_ fileSystem: VolumeID, _ number: UInt64) -> VolumeKey {
    VolumeKey(text: "btrfs \(fileSystem.digits)/\(number)")
  }
}
