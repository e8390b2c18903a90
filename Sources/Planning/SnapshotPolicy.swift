/// When volume snapshots are taken; the words are Duplicati's.
package enum SnapshotPolicy: String, CaseIterable, Sendable {
  /// Never: everything is read live.
  case off
  /// Where it is possible.
  case auto
  /// Where it is possible, with a warning where it isn't.
  case on
  /// A source that can't be covered by a volume snapshot is an error.
  case required
}
