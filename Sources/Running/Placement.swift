package import Machine

/// What is put over a path in the private mounts of a guest.
package struct Placement: Hashable {
  package enum Kind: Hashable {
    /// The piece at the path as it was; what lies below comes by its own placements.
    case frozen
    /// What stands there outside, without the mounts below.
    case live
    /// What stands there outside, with all mounts below.
    case kept
  }

  package var path: FilePath
  package var kind: Kind
}

/// Which paths of a guest's mounts are covered, and by what, from the top down.
///
/// What isn't covered, and not below something covered, stays as it is.
///
/// - Parameters:
///   - pieces: The frozen ones, and whether a user named them.
///   - live: What is read live though it may lie below a frozen piece, and every mount point.
///   - kept: What must stay live below frozen pieces.
/// - Returns: In the order in which they are to be attached.
package func placements(
  frozen pieces: [FilePath: Bool],
  live: [FilePath],
  kept: [FilePath]
) -> [Placement] {
  var kinds: [FilePath: Placement.Kind] = [:]
  for path in live { kinds[path] = .live }
  for path in pieces.keys { kinds[path] = .frozen }
  for path in kept { kinds[path] = .kept }
  var found: [Placement] = []
  for (path, kind) in kinds.sorted(by: { isAbove($0.key, $1.key) }) {
    let around = found.last { path.starts(with: $0.path) }?.kind
    let isNeeded =
      switch kind {
      // A volume below a kept path is kept with it, unless it is a source of its own.
      case .frozen: around != .kept || pieces[path] == true
      case .live: around == .frozen || around == .live
      case .kept: around == .frozen
      }
    if isNeeded { found.append(Placement(path: path, kind: kind)) }
  }
  return found
}

/// Shorter paths first: what lies below another comes after it.
private func isAbove(_ first: FilePath, _ second: FilePath) -> Bool {
  let (above, below) = (first.components.count, second.components.count)
  return above == below
    ? first.bytes.lexicographicallyPrecedes(second.bytes) : above < below
}
