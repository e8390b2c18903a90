package import Machine
package import Planning

/// One way of freezing volumes.
///
/// In this order: ``marks(for:run:)`` into the journal, ``prepare(_:)``, the pause, and then
/// ``SnapshotSet``.
package protocol SnapshotDriver: Sendable {
  /// The mechanisms that it is for.
  var mechanisms: Set<Mechanism> { get }

  /// What will be made of each of `volumes`; nothing is touched.
  ///
  /// Another call with the same run gives marks with other names.
  func marks(for volumes: [Volume], run: RunID) -> [SnapshotMark]

  /// Opens and makes all that taking needs, so that inside the pause only that is left.
  ///
  /// - Parameter marks: Of volumes of this mechanism.
  /// - Returns: What can be taken once.
  /// - Throws: ``SnapshotError``; nothing is left then.
  func prepare(_ marks: [SnapshotMark]) throws -> any SnapshotSet

  /// Removes what `mark` describes, of a run that is over, when its identity is as recorded.
  ///
  /// - Parameter mark: From the journal.
  /// - Returns: What became of it.
  /// - Throws: ``SnapshotError`` when it is there and can't be removed, or can't be looked for.
  func release(_ mark: SnapshotMark) throws -> ReleaseOutcome
}

/// The volume snapshots of one attempt, from their preparation to their release.
///
/// One thread at a time uses it.
package protocol SnapshotSet: AnyObject {
  /// Writes out what is in memory, so that little is left to write inside the pause.
  ///
  /// - Throws: ``SnapshotError``.
  func flush() throws

  /// Freezes all volumes. Opens nothing: openers may be waiting in the gate.
  ///
  /// - Throws: ``SnapshotError``; what was taken by then is released by ``discard()``.
  func take() throws

  /// The same while writers are held.
  ///
  /// - Parameter writers: Every process that could write to one of the volumes.
  /// - Throws: ``SnapshotError``, as ``take()`` does.
  func take(holding writers: [ProcessID]) throws

  /// The volume snapshots with their identities, once writers run again.
  ///
  /// - Throws: ``SnapshotError``; ``discard()`` releases them.
  func identify() throws -> [VolumeSnapshot]

  /// Releases what was taken and prepared. Twice is not an error.
  ///
  /// - Throws: ``SnapshotError`` of the first that can't be released; the others are tried.
  func discard() throws

  /// Makes sure that each volume snapshot is still what was taken.
  ///
  /// - Throws: ``SnapshotLost``.
  func verify() throws

  /// What reading directories must take back; known once it is prepared, and final after
  /// ``identify()``.
  var traces: OwnTraces { get }
}

extension SnapshotSet {
  /// Most mechanisms needn't know who writes.
  package func take(holding writers: [ProcessID]) throws { try take() }
}
