import Planning
import RepositoryEngine
import RepositoryFormat

/// A search for nodes by their paths and times.
struct NameSearch {
  let patterns: PatternList
  /// Whether the patterns do.
  let ignoresCase: Bool
  /// Whether one of the patterns is empty, which matches everything.
  let matchesAll: Bool
  let oldest: NodeTime?
  let newest: NodeTime?

  /// Walks through a snapshot and gives `found` what it finds.
  ///
  /// - Throws: What `walk` and `found` throw.
  func run(
    _ walk: SnapshotWalk,
    _ tree: BlobID,
    found: @escaping (ListItem) throws -> Void
  ) throws {
    var path = ComponentPath(foldsCase: ignoresCase)
    var walk = walk
    walk.visit = { item in
      item.node.name.withUnsafeBytes { path.append($0) }
      let (isMatch, childrenMayMatch) = matchesAll ? (true, true) : patterns.match(path)
      let isFound = isMatch && isInTime(item.node.modified)
      if isFound { try found(item) }
      let isEntered = item.node.subtree != nil && (childrenMayMatch || isFound)
      if !isEntered { path.removeLast() }
      return isEntered
    }
    walk.leave = { _ in path.removeLast() }
    try walk.run(tree)
  }

  private func isInTime(_ time: NodeTime) -> Bool {
    let moment = (time.seconds, time.nanoseconds)
    if let oldest, moment < (oldest.seconds, oldest.nanoseconds) { return false }
    if let newest, moment > (newest.seconds, newest.nanoseconds) { return false }
    return true
  }
}
