package import Machine

/// A source without symbolic links, and the directory that it is planned by.
package struct SourcePlace: Hashable, Sendable {
  /// What is backed up.
  package var path: FilePath
  /// `path` itself, or the directory that holds it when it isn't a directory.
  package var directory: FilePath
  /// What the user gave, which exclude patterns are matched against.
  package var given: FilePath

  package init(path: FilePath, directory: FilePath, given: FilePath? = nil) {
    self.path = path
    self.directory = directory
    self.given = given ?? path
  }

  package var isDirectory: Bool { path == directory }
}

/// A directory on a btrfs: where a source or a mount begins, or the top of a nested subvolume.
package struct BtrfsPlace: Hashable, Sendable {
  /// As it is mounted, without symbolic links.
  package var path: FilePath
  package var fileSystem: VolumeID
  package var subvolume: BtrfsSubvolume
  /// `st_dev`.
  package var device: UInt64
  /// The path from the subvolume's top to here; nil when it can't be found out.
  package var inside: FilePath?
  /// Where the subvolume's top is mounted, when it can be reached from here.
  package var top: FilePath?
  /// Whether the top belongs to us.
  package var isOwn: Bool
  /// The inodes of the directories of the subvolume in which other subvolumes hang.
  package var nestingDirectories: Set<UInt64>

  package init(
    path: FilePath,
    fileSystem: VolumeID,
    subvolume: BtrfsSubvolume,
    device: UInt64,
    inside: FilePath?,
    top: FilePath?,
    isOwn: Bool,
    nestingDirectories: Set<UInt64> = []
  ) {
    self.path = path
    self.fileSystem = fileSystem
    self.subvolume = subvolume
    self.device = device
    self.inside = inside
    self.top = top
    self.isOwn = isOwn
    self.nestingDirectories = nestingDirectories
  }

  package var key: VolumeKey { .btrfs(fileSystem, subvolume.id) }
}

/// What was found on a btrfs from one directory downwards.
package struct BtrfsFindings: Hashable, Sendable {
  /// The directory itself first, then every subvolume below it on the same mount.
  package var places: [BtrfsPlace]
  /// Why the directory could not be looked at; there are no places then.
  package var problem: String?

  package init(places: [BtrfsPlace], problem: String? = nil) {
    self.places = places
    self.problem = problem
  }
}

/// What a plan is made from: everything that had to be asked of the machine.
package struct PlanInputs: Sendable {
  /// Sources that exist.
  package var sources: [SourcePlace]
  /// The mounts that can be reached, in the order of their mount points.
  package var mounts: [Mount]
  /// Mount points that are files.
  package var fileMounts: Set<FilePath> = []
  /// By the directory of a source, or the mount point of a mount below one.
  package var btrfs: [FilePath: BtrfsFindings] = [:]
  package var zfs = ZFSFindings()
  package var lvm = LVMFindings()
  /// `st_dev` of every file that is in use as swap space.
  package var swapDevices: Set<UInt64> = []
  /// Whether we may mount.
  package var isPrivileged: Bool
  /// Whether writers may be held where there are no volume snapshots, and what they have open
  /// copied.
  package var mayHoldWriters = false
  /// Volumes that could not be frozen when it was tried, and why.
  package var refused: [VolumeKey: String] = [:]
  /// Nothing is planned for what the patterns leave out, nor off a source's file system with
  /// `--one-file-system`.
  package var exclusions = Exclusions()

  package init(sources: [SourcePlace], mounts: [Mount], isPrivileged: Bool) {
    self.sources = sources
    self.mounts = mounts
    self.isPrivileged = isPrivileged
  }

  /// The mount through which `path`, without symbolic links, is seen; nil when the table doesn't
  /// have it, as in some containers.
  package func mount(of path: FilePath) -> Mount? {
    mounts.last { path.starts(with: $0.mountPoint) }
  }

  /// The mounts somewhere below `path`.
  package func mounts(below path: FilePath) -> [Mount] {
    mounts.filter { $0.mountPoint != path && $0.mountPoint.starts(with: path) }
  }

  /// The mounts that are part of `source` and not left out.
  package func mounts(partOf source: SourcePlace) -> [Mount] {
    guard source.isDirectory else { return mounts.filter { $0.mountPoint == source.path } }
    return mounts(below: source.path).filter { !isLeftOut($0.mountPoint, of: source) }
  }

  /// Whether a pattern leaves out `path`, or something above it that is below `source`.
  ///
  /// What holds a source is read for that, whatever the patterns say.
  package func isLeftOut(_ path: FilePath, of source: SourcePlace) -> Bool {
    guard exclusions.hasPatterns else { return false }
    var place = source.path
    var given = source.given
    for name in path.components.dropFirst(place.components.count) {
      place.append(name)
      given.append(name)
      if sources.contains(where: { $0.path.starts(with: place) }) { continue }
      if exclusions.excludes(ComponentPath(given, foldsCase: true)) { return true }
    }
    return false
  }
}
