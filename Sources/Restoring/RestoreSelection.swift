package import Machine
package import Planning

/// Which paths of the snapshot are restored, by patterns that are matched against the path
/// within what is restored.
package enum RestoreSelection: Sendable {
  case everything
  /// `--exclude` and `--iexclude`: what either list matches is left out.
  case excluding(PatternList, caseless: PatternList)
  /// `--include` and `--iinclude`: only what either list matches is restored.
  case including(PatternList, caseless: PatternList)

  /// What a selection says of one path.
  package struct Answer: Hashable, Sendable {
    package var isSelected: Bool
    /// Whether something below may be selected, if the path is a directory.
    package var mayContainSelected: Bool
  }

  /// A path to ask about, or to begin a walk with.
  package func path(_ path: FilePath = "/") -> ComponentPath {
    switch self {
    case .everything: ComponentPath(path)
    case .excluding(_, let caseless), .including(_, let caseless):
      ComponentPath(path, foldsCase: !caseless.isEmpty)
    }
  }

  /// Whether something may be left out.
  package var isFiltering: Bool {
    if case .everything = self { return false }
    return true
  }

  /// What the selection says of a path that ``path(_:)`` made.
  package func answer(_ path: ComponentPath) -> Answer {
    switch self {
    case .everything:
      return Answer(isSelected: true, mayContainSelected: true)
    case .excluding(let patterns, let caseless):
      let isExcluded =
        !patterns.isEmpty && patterns.matches(path)
        || !caseless.isEmpty && caseless.matches(path)
      return Answer(isSelected: !isExcluded, mayContainSelected: !isExcluded)
    case .including(let patterns, let caseless):
      let first = patterns.isEmpty ? (false, false) : patterns.match(path)
      let second = caseless.isEmpty ? (false, false) : caseless.match(path)
      return Answer(
        isSelected: first.0 || second.0,
        mayContainSelected: first.1 || second.1
      )
    }
  }
}
