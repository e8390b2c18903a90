/// Something that a diagnosis found.
package struct Finding: Hashable, Sendable {
  package enum Kind: String, Sendable {
    /// Left by an interrupted run of ours.
    case leftover
    /// What was left by a run of ours, and is gone now.
    case repaired
    /// Left by another program; never touched.
    case foreign
    /// A process that is stopped, or frozen in its group.
    case stopped
    /// A swap file that keeps its volume from being snapshotted.
    case swap
    /// Space that is about to run out.
    case crowded
    /// A right or a feature of the kernel that is missing.
    case missing
  }

  package var kind: Kind
  package var text: String
  /// What can be done about it.
  package var hint: String?

  package init(_ kind: Kind, _ text: String, hint: String? = nil) {
    self.kind = kind
    self.text = text
    self.hint = hint
  }

  /// Whether somebody should do something about it.
  package var isProblem: Bool {
    switch kind {
    case .leftover: true
    case .repaired, .foreign, .stopped, .swap, .crowded, .missing: false
    }
  }
}
