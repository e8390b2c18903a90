package import Machine

/// A ZFS dataset that holds files.
package struct ZFSDataset: Hashable, Sendable {
  package var guid: UInt64
  /// Where it is mounted by itself; nil when that is nowhere.
  package var mountPoint: FilePath?
  package var isMounted: Bool
  /// `on`, `off` or `noauto`.
  package var canMount: String

  package init(
    guid: UInt64,
    mountPoint: FilePath? = nil,
    isMounted: Bool = true,
    canMount: String = "on"
  ) {
    self.guid = guid
    self.mountPoint = mountPoint
    self.isMounted = isMounted
    self.canMount = canMount
  }

  /// Reads its properties as `zfs` prints them; nil without a guid.
  init?(properties: [String: String]) {
    guard let guid = properties["guid"].flatMap({ UInt64($0) }) else { return nil }
    let place = properties["mountpoint"] ?? "none"
    self.init(
      guid: guid,
      mountPoint: place.hasPrefix("/") ? FilePath(place) : nil,
      isMounted: properties["mounted"] != "no",
      canMount: properties["canmount"] ?? "on"
    )
  }
}

/// What is known of the machine's ZFS datasets.
package struct ZFSFindings: Hashable, Sendable {
  /// By name, which is the source in the mount table.
  package var datasets: [String: ZFSDataset] = [:]
  /// The devices of those with files that programs have mapped to be written.
  package var mapped: Set<UInt64> = []
  /// Why nothing could be found out.
  package var problem: String?

  package init(datasets: [String: ZFSDataset] = [:], problem: String? = nil) {
    self.datasets = datasets
    self.problem = problem
  }

  /// Asks `zfs`; works without root.
  ///
  /// - Parameters:
  ///   - mounts: Those of ZFS at sources and below.
  ///   - tools: Runs `zfs`, also for datasets that aren't mounted.
  init(of mounts: [Mount], by tools: any CommandRunner) {
    guard !mounts.isEmpty || ZFS.isLoaded else { return }
    do {
      let output = try tools.run(ZFS.getOfAll(["guid", "mountpoint", "canmount", "mounted"]))
      datasets = ZFS.properties(parsing: output).compactMapValues(ZFSDataset.init(properties:))
      mapped = try ProcessTable().devicesMapped(among: Set(mounts.map(\.device)))
    } catch {
      problem = explanation(of: error)
    }
  }
}

extension PlanInputs {
  /// The mounted ZFS datasets at sources and below them.
  var mountsOfZFS: [Mount] { mountsWithSources.filter { $0.dataset != nil } }
}

extension Mount {
  /// The ZFS dataset that is mounted; nil for another file system, and for a volume snapshot.
  var dataset: String? { isVolumeSnapshotOfZFS || type != "zfs" ? nil : source.string }

  /// Whether it is a volume snapshot of ZFS, such as those that appear in `.zfs/snapshot`.
  var isVolumeSnapshotOfZFS: Bool { type == "zfs" && source.bytes.contains(UInt8(ascii: "@")) }

  /// The path of `path`, seen through this mount, from the top of the file system; nil when the
  /// directory that is mounted was removed.
  func inside(_ path: FilePath) -> FilePath? {
    if isRootRemoved { return nil }
    let below = path.components.dropFirst(mountPoint.components.count)
    return FilePath(root: nil, Array(root.components) + below)
  }
}
