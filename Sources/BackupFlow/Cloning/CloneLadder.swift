import Keeping
import Machine
import Planning

/// Copies one open file, by the best means that there is.
///
/// Each step either makes a copy of one instant or says why it can't.
final class CloneLadder {
  /// How often a step is tried before the next one.
  static let attemptsMax = 4

  /// A copy, and what the source was when it was made.
  struct Made {
    var method: CloneMethod
    var grade = Grade.file
    /// Of the source, at the moment that the copy describes.
    var metadata: FileMetadata
    var instant: FileTime
    var pause: Duration?
    var writersHeld = 0
  }

  let source: SharedDescriptor
  let places: ClonePlaces
  let request: CloneRequest
  let duplicate: FileDuplicate
  let kind: FileSystemKind
  let interruption: Interruption
  /// Why the steps so far were not possible.
  private(set) var reasons: [String] = []

  /// Begins at the bottom; `source` is open for reading only, `target` an empty file, open for
  /// reading and writing.
  init(
    from source: SharedDescriptor,
    to target: CInt,
    _ places: ClonePlaces,
    _ request: CloneRequest,
    _ interruption: Interruption
  ) {
    self.source = source
    self.places = places
    self.request = request
    self.interruption = interruption
    duplicate = FileDuplicate(of: source.raw, places.source, in: target, places.destination)
    kind = FileSystemKind(of: source.raw)
  }

  /// Copies.
  ///
  /// - Throws: ``CloneError`` with `gradeNotReached`; ``Interrupted``; ``SystemCallError``.
  func climb() throws -> Made {
    for step in [clone, cloneBeside, copyUnderLease, copyWhileHeld, copyAndVerify] {
      try interruption.check()
      if let made = try step() { return made }
    }
    guard request.required == .none else {
      throw CloneError(
        .gradeNotReached(places.source, required: request.required, because: reasons)
      )
    }
    // What the last step left.
    return Made(
      method: .unproven,
      grade: .none,
      metadata: try metadata(),
      instant: currentFileTime()
    )
  }

  /// Notes why a step isn't possible, once.
  func pass(_ reason: String) -> Made? {
    if !reasons.contains(reason) { reasons.append(reason) }
    return nil
  }

  /// What the source is now.
  func metadata() throws(SystemCallError) -> FileMetadata {
    try fileMetadata(in: source.raw, subject: places.source)
  }

  /// Has the file system give the copy the source's content.
  private func clone() throws -> Made? {
    guard kind.clonesAtomically else {
      return pass("the file system of \(places.source) has no clones of one instant")
    }
    let made = Made(method: .clone, metadata: try metadata(), instant: currentFileTime())
    do {
      try cloneContent(of: source.raw, into: duplicate.target, subject: places.source)
      return made
    } catch {
      return pass("\(error)")
    }
  }

  /// Has it give the content to a nameless file beside the source, and copies that.
  private func cloneBeside() throws -> Made? {
    guard kind.clonesAtomically else { return nil }
    let folder = places.source.removingLastComponent()
    var made = Made(method: .cloneAndCopy, metadata: try metadata(), instant: currentFileTime())
    let beside: AtomicFile
    do {
      beside = try AtomicFile(in: folder, prefix: CloneLadder.temporaryPrefix)
      made.metadata = try metadata()
      made.instant = currentFileTime()
      try beside.fill { raw in
        try cloneContent(of: source.raw, into: raw, subject: places.source)
        return made.metadata.size
      }
    } catch let error as SystemCallError {
      return pass("beside the file: \(error)")
    }
    defer { beside.discard() }
    try beside.fill { raw in
      try FileDuplicate(of: raw, places.source, in: duplicate.target, places.destination)
        .update { try interruption.check() }
      return made.metadata.size
    }
    return made
  }

  /// What a temporary name begins with, where a file can't do without one.
  static let temporaryPrefix = ".stillpoint-clone"
}
