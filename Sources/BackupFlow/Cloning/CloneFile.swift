package import Machine
import Planning
import RepositoryFormat

/// Copies one file as it was at one instant, while others go on writing to it.
///
/// The copy gets its name when it is complete and durable: whatever fails or interrupts it, nothing
/// is left. It has the source's permissions, owner, times and attributes as far as we may give
/// them, and its holes.
///
/// - Parameters:
///   - request: What to copy.
///   - interruption: Ends it early.
///   - tell: Called with what the user should know.
/// - Returns: How it was made.
/// - Throws: ``CloneError``, ``Interrupted``.
package func cloneFile(
  _ request: CloneRequest,
  interruption: Interruption,
  tell: (BackupNotice) -> Void
) throws -> CloneReport {
  let places = try ClonePlaces(request)
  guard request.required <= .file else {
    throw CloneError(.gradeNotReached(places.source, required: request.required, because: []))
  }
  let source = try openSource(places, request)
  let file: AtomicFile
  do {
    file = try AtomicFile(in: places.directory, prefix: CloneLadder.temporaryPrefix)
  } catch {
    throw CloneError(.unwritable(places.destination), cause: error)
  }
  defer { file.discard() }
  var report: CloneReport?
  do {
    try file.fill { target in
      let ladder = CloneLadder(from: source, to: target, places, request, interruption)
      let made = try ladder.climb()
      for problem in copyMetadata(of: source.raw, made.metadata, to: target, places.destination) {
        tell(.warning(problem))
      }
      let size = try fileMetadata(in: target, subject: places.destination).size
      report = CloneReport(of: made, size: size, places, request, ladder.reasons)
      return size
    }
    try interruption.check()
    try file.commit(as: places.destination, mode: nil, replacing: request.replaces)
  } catch let error as SystemCallError {
    let isTaken = error.errno == .fileExists && error.subject == places.destination
    throw isTaken
      ? CloneError(.exists(places.destination))
      : CloneError(.unwritable(places.destination), cause: error)
  }
  guard let report else { preconditionFailure("a copy that has a name was reported") }
  return report
}

private func openSource(
  _ places: ClonePlaces,
  _ request: CloneRequest
) throws -> SharedDescriptor {
  do {
    let file = try openForReading(places.source)
    let isRegular = try fileMetadata(in: file.raw, subject: places.source).type == .regular
    guard isRegular else { throw CloneError(.notRegular(request.source)) }
    return SharedDescriptor(file)
  } catch let error as SystemCallError {
    throw CloneError(.unreadable(request.source), cause: error)
  }
}

extension CloneReport {
  fileprivate init(
    of made: CloneLadder.Made,
    size: UInt64,
    _ places: ClonePlaces,
    _ request: CloneRequest,
    _ reasons: [String]
  ) {
    self.init(
      source: request.source,
      destination: places.destination,
      method: made.method,
      grade: made.grade,
      size: size,
      instant: NodeTime(made.instant)
    )
    pause = made.pause
    writersHeld = made.writersHeld
    self.reasons = reasons
  }
}
