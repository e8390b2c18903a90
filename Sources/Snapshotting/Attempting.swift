import Planning

/// Runs one step with a volume snapshot.
///
/// - Parameters:
///   - attempt: Such as "take a volume snapshot".
///   - mark: Of which volume.
///   - hint: What to do about an error.
///   - body: The step.
/// - Returns: What `body` returned.
/// - Throws: ``SnapshotLost`` as it is; a ``SnapshotError`` for anything else.
func attempting<Value>(
  _ attempt: String,
  _ mark: SnapshotMark,
  hint: (any Error) -> String? = { _ in nil },
  _ body: () throws -> Value
) throws -> Value {
  do {
    return try body()
  } catch let error as SnapshotLost {
    throw error
  } catch {
    throw SnapshotError(
      attempt: attempt,
      subject: mark.volume.directory,
      cause: error,
      hint: hint(error)
    )
  }
}
