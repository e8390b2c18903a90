import Machine
import Planning

/// Why the file system of a directory can't be frozen for the instant; nil when it can.
///
/// - Parameters:
///   - directory: On it.
///   - plan: What is frozen by other means.
///   - stateFolder: Where the journal is written.
/// - Returns: The reason, for people.
func refusalToFreeze(_ directory: FilePath, _ plan: Plan, stateFolder: FilePath) -> String? {
  guard let device = try? fileMetadata(of: directory, followingLinks: true).device else {
    return "it isn't there"
  }
  // Of others the number of a device says nothing: all subvolumes of a btrfs freeze together.
  guard [.ext, .xfs].contains(FileSystemKind(at: directory)) else {
    return "only ext4 and XFS are frozen so"
  }
  /// Whether a path is there, or will be made there.
  func isOnIt(_ path: FilePath) -> Bool {
    var path = path
    while true {
      if let found = try? fileMetadata(of: path, followingLinks: true) {
        return found.device == device
      }
      if path.components.isEmpty { return true }
      path.removeLastComponent()
    }
  }
  let ours = ["/", "/tmp", "/var/tmp", "/var/cache", stateFolder]
  if ours.contains(where: isOnIt) { return "stillpoint writes to it" }
  let volume = plan.volumes.first { isOnIt($0.directory) }
  return volume.map { volume in
    volume.mechanism.hasVolumeSnapshots
      ? "its volume snapshot (\(volume.mechanism.rawValue)) does without"
      : "it is a source, of which the copies in the pause do without"
  }
}
