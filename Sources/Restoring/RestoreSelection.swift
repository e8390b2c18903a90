package import Machine

/// Which paths of the snapshot are restored.
package struct RestoreSelection: Sendable {
  /// What a selection says of one path.
  package struct Answer: Hashable, Sendable {
    package var isSelected: Bool
    /// Of directories: whether something below may be selected.
    package var mayContainSelected: Bool

    package init(isSelected: Bool, mayContainSelected: Bool) {
      self.isSelected = isSelected
      self.mayContainSelected = mayContainSelected
    }
  }

  /// Restores all.
  package static let everything = RestoreSelection(ask: nil)

  /// Asked with the path within what is restored, beginning with a slash.
  let ask: (@Sendable (_ path: FilePath, _ isDirectory: Bool) -> Answer)?

  /// Whether something may be left out.
  package var isFiltering: Bool { ask != nil }

  /// Restores what `ask` selects.
  ///
  /// - Parameter ask: Called on one thread, with the path within what is restored, beginning
  ///   with a slash, and whether it is a directory.
  package init(_ ask: @escaping @Sendable (_ path: FilePath, _ isDirectory: Bool) -> Answer) {
    self.init(ask: ask)
  }

  private init(ask: (@Sendable (FilePath, Bool) -> Answer)?) { self.ask = ask }
}
