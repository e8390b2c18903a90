import Machine

/// Copies live files that changed while they were read, so that a copy is of one moment.
///
/// Where a clone is atomic it is one. Elsewhere the file is copied into memory while nobody can
/// open it for writing; who wants to waits that long, so it is only done with what is small.
struct SteadyCopier {
  private static let leasedSizeMax: UInt64 = 4 << 20
  private static let leasesMax = 10
  private static let pieceSize = 1 << 18

  private let buffer = PageBuffer()

  /// Makes a copy without a name.
  ///
  /// - Returns: Nil when there is no way, or when somebody writes all the time; why doesn't
  ///   matter, since the file is then read once more.
  func copy(_ job: FileJob) -> HotFile? {
    guard
      let file = try? job.fileName.withCString({
        SharedDescriptor(try openForReading(in: job.directory.raw, $0, subject: job.path))
      })
    else { return nil }
    let kind = FileSystemKind(of: file.raw)
    if kind.clonesAtomically, let clone = try? clone(file, job) { return clone }
    guard kind.hasSoundLeases, job.metadata.size <= Self.leasedSizeMax else { return nil }
    for _ in 1...Self.leasesMax {
      do throws(SystemCallError) {
        if let copy = try leasedCopy(file, job) { return copy }
      } catch {
        return nil
      }
      // Who has it open may be done soon.
      _ = StopSignal().wait(for: .milliseconds(2))
    }
    return nil
  }

  /// The metadata are read first: what changes until the clone is made has later times, and is
  /// read by the next backup.
  private func clone(_ file: SharedDescriptor, _ job: FileJob) throws(SystemCallError) -> HotFile? {
    guard let (metadata, attributes) = try describe(file, job) else { return nil }
    let clone = try makeUnnamedClone(of: file.raw, in: job.directory.raw, subject: job.path)
    return HotFile(
      metadata: metadata,
      attributes: attributes,
      content: SharedDescriptor(clone),
      original: file
    )
  }

  /// Nil when somebody writes, or came to.
  private func leasedCopy(
    _ file: SharedDescriptor,
    _ job: FileJob
  ) throws(SystemCallError) -> HotFile? {
    guard let lease = try FileLease.reading(file.raw, subject: job.path),
      let (metadata, attributes) = try describe(file, job)
    else { return nil }
    let copy = SharedDescriptor(try makeMemoryFile())
    var position: UInt64 = 0
    while lease.isIntact, position <= Self.leasedSizeMax {
      let piece = buffer.bytes(Self.pieceSize)
      let count = try read(into: piece, from: file.raw, at: position, subject: job.path)
      if count == 0 {
        guard lease.isIntact else { return nil }
        return HotFile(
          metadata: metadata,
          attributes: attributes,
          content: copy,
          original: file
        )
      }
      let bytes = UnsafeRawBufferPointer(rebasing: piece[..<count])
      try write(bytes, to: copy.raw, at: position, subject: job.path)
      position += UInt64(count)
    }
    return nil
  }

  /// What a file is but for its content; nil when it isn't one.
  private func describe(
    _ file: SharedDescriptor,
    _ job: FileJob
  ) throws(SystemCallError) -> (FileMetadata, ExtendedAttributes)? {
    let metadata = try fileMetadata(in: file.raw, subject: job.path)
    guard metadata.type == .regular else { return nil }
    return (metadata, try ExtendedAttributes(in: file.raw, nil, subject: job.path))
  }
}
