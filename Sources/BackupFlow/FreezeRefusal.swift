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
  func isOnIt(_ path: FilePath) -> Bool {
    (try? fileMetadata(of: path, followingLinks: true))?.device == device
  }
  if isOnIt("/") || isOnIt(stateFolder) || isOnIt("/tmp") { return "stillpoint writes to it" }
  let volume = plan.volumes.first { isOnIt($0.directory) }
  return volume.map { "its volume snapshot (\($0.mechanism.rawValue)) does without" }
}
