import Machine

/// What is known of the ZFS datasets that are mounted at sources or below.
package struct ZFSFindings: Hashable, Sendable {
  /// By the name of the dataset, which is the source in the mount table.
  package var guids: [String: UInt64] = [:]
  /// The devices of those with files that programs have mapped to be written.
  package var mapped: Set<UInt64> = []
  /// Why nothing could be found out.
  package var problem: String?

  package init(guids: [String: UInt64] = [:], problem: String? = nil) {
    self.guids = guids
    self.problem = problem
  }

  /// Asks `zfs`; works without root.
  init(of mounts: [Mount], by tools: any CommandRunner) {
    let datasets = Set(mounts.compactMap(\.dataset))
    guard !datasets.isEmpty else { return }
    do {
      let output = try tools.run(ZFS.get(["guid"], of: datasets.sorted()))
      mapped = try ProcessTable().devicesMapped(among: Set(mounts.map(\.device)))
      guids = ZFS.properties(parsing: output).compactMapValues { $0["guid"].flatMap { UInt64($0) } }
    } catch {
      problem = explanation(of: error)
    }
  }
}

extension Mount {
  /// The ZFS dataset that is mounted; nil for another file system, and for a volume snapshot.
  var dataset: String? { isVolumeSnapshotOfZFS || type != "zfs" ? nil : source.string }

  /// Whether it is a volume snapshot of ZFS, such as those that appear in `.zfs/snapshot`.
  var isVolumeSnapshotOfZFS: Bool { type == "zfs" && source.bytes.contains(UInt8(ascii: "@")) }

  /// The path of `path`, seen through this mount, from the top of the file system; nil when the
  /// directory that is mounted was removed.
  func inside(_ path: FilePath) -> FilePath? {
    if root.bytes.suffix(9).elementsEqual("//deleted".utf8) { return nil }
    let below = path.components.dropFirst(mountPoint.components.count)
    return FilePath(root: nil, Array(root.components) + below)
  }
}
