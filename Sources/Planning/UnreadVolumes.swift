package import Machine

/// A volume that one may take for a part of the sources, and that isn't read.
package struct UnreadVolume: Hashable, Sendable {
  /// Where it is mounted, or would be.
  package var path: FilePath
  package var reason: String
  /// Whether its content is expected at `path`, where there is a directory without it.
  package var isMissed: Bool

  package init(path: FilePath, reason: String, isMissed: Bool) {
    self.path = path
    self.reason = reason
    self.isMissed = isMissed
  }
}

extension PlanInputs {
  /// The ZFS datasets that belong below the sources by their mount point or by their name, and
  /// that aren't mounted there.
  func unreadDatasets() -> [UnreadVolume] {
    let read = Set(mountsOfZFS.compactMap(\.dataset))
    return zfs.datasets.sorted { $0.key < $1.key }.compactMap { name, dataset in
      if read.contains(name) { return nil }
      for source in sources where source.isDirectory {
        if let place = dataset.mountPoint, place.starts(with: source.path) {
          let isPart = !dataset.isMounted && !isLeftOut(place, of: source)
          return isPart ? notMounted(name, dataset, at: place) : nil
        }
        if isBelow(source, name) { return elsewhere(name, dataset, than: source) }
      }
      return nil
    }
  }

  private func notMounted(
    _ name: String,
    _ dataset: ZFSDataset,
    at place: FilePath
  ) -> UnreadVolume {
    UnreadVolume(
      path: place,
      reason: "the dataset \(name) belongs here and isn't mounted" + dataset.explanation,
      isMissed: dataset.canMount != "off" && !mounts.contains { $0.mountPoint == place }
    )
  }

  /// Whether the source is a dataset that `name` lies below.
  private func isBelow(_ source: SourcePlace, _ name: String) -> Bool {
    guard let mount = mount(of: source.path), mount.mountPoint == source.path,
      mount.root == "/", let dataset = mount.dataset
    else { return false }
    return name.hasPrefix("\(dataset)/")
  }

  private func elsewhere(
    _ name: String,
    _ dataset: ZFSDataset,
    than source: SourcePlace
  ) -> UnreadVolume {
    let state =
      dataset.isMounted ? "is mounted outside the sources" : "isn't mounted" + dataset.explanation
    return UnreadVolume(
      path: dataset.mountPoint ?? source.path,
      reason: "the dataset \(name), below \(source.path) by its name, \(state)",
      isMissed: false
    )
  }
}

extension ZFSDataset {
  /// Why it isn't mounted, as far as that is its own doing.
  fileprivate var explanation: String { canMount == "on" ? "" : " (canmount=\(canMount))" }
}
