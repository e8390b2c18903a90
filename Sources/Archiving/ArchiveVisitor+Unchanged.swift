import Machine
import RepositoryFormat

extension ArchiveVisitor {
  /// The parent's node of an entry that didn't change since, but for what is below it: then its
  /// attributes and names need not be looked up.
  ///
  /// Whoever changes attributes changes the time of the last change, on file systems that are
  /// known for it.
  func unchangedNode(_ former: Node?, _ entry: WalkedEntry) -> Node? {
    guard run.reusesNodes, var node = former, let settled = run.parentSettled,
      entry.metadata.changed < settled, node.type == nodeType(fromMode: entry.metadata.mode),
      node.deviceID == entry.deviceID, node.agrees(with: entry.metadata),
      showsChanges[entry.metadata.device] == true
    else { return nil }
    node.subtree = nil
    return node
  }

  /// Finds out about the file system that an open directory is on.
  mutating func learnDevice(of entry: WalkedEntry) {
    let device = entry.metadata.device
    // A name below an open directory may be of another device.
    guard run.reusesNodes, entry.fileName == nil, showsChanges[device] == nil else { return }
    showsChanges[device] = FileSystemKind(of: entry.directory.raw).showsChangesInTimes
  }
}
