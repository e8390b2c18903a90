import Machine
import RepositoryFormat

/// A thread that reads files and cuts them into chunks.
final class FileReader {
  private let run: ArchiveRun
  private let builder: NodeBuilder
  private let copier = SteadyCopier()
  private var buffer: ChunkBuffer

  /// Takes the reader's slab.
  ///
  /// - Throws: What stopped the run.
  init(_ run: ArchiveRun) throws {
    self.run = run
    builder = NodeBuilder(
      owners: run.owners,
      storesAccessTime: run.request.options.storesAccessTime
    )
    buffer = try ChunkBuffer(run)
  }

  /// Works until nothing more comes.
  ///
  /// - Throws: What stopped the run, or ``Interrupted``.
  func work() throws {
    while let batch = try run.jobs.pop() {
      for job in batch {
        try run.request.interruption.check()
        run.ledger.progress.setCurrent({ job.path }, of: self)
        if try !read(job), job.parent.complete(nil, at: job.slot) {
          try run.saves.push(.tree(job.parent))
        }
      }
      run.ledger.progress.setCurrent(nil, of: self)
      try buffer.flush()
    }
  }

  /// How an attempt to read a file ended.
  private enum Outcome {
    case whole(FileRecord, size: UInt64)
    /// It changed meanwhile.
    case torn(FileRecord, size: UInt64)
    /// It is not what it was at the instant.
    case late(Lateness, size: UInt64)
    /// It can't be read, which the ledger knows.
    case failed
  }

  /// Reads a file, again while it changes; whether it is stored.
  private func read(_ job: FileJob) throws -> Bool {
    if let copy = job.instant?.copy { return try read(copy, job) }
    var isOfInstant = job.instant != nil
    var rereads = 0
    while true {
      switch try attempt(job, ofInstant: isOfInstant) {
      case .failed:
        return false
      case .whole(let record, let size):
        try finish(record, size: size)
        return true
      case .late(let lateness, let size):
        name(job, lateness)
        isOfInstant = false
        run.ledger.progress.takeBack(bytes: size)
      case .torn(let record, let size):
        if let copy = copier.copy(job) {
          run.ledger.progress.takeBack(bytes: size)
          return try read(copy, job)
        }
        if rereads == run.request.options.rereadsMax {
          run.ledger.add(
            ArchiveFinding(path: job.path, reason: "changed each time while it was read")
          )
          try finish(record, size: size)
          return true
        }
        rereads += 1
        run.ledger.progress.takeBack(bytes: size)
      }
    }
  }

  /// Takes a file from a copy that is of one moment.
  private func read(_ copy: HotFile, _ job: FileJob) throws -> Bool {
    for error in copy.attributes.unreadable { fail(job, during: "read attribute of", error) }
    let record = record(job, copy.metadata, copy.attributes.attributes)
    do {
      let file = copy.content.raw
      let (size, _) = try content(of: file, job, copy.metadata, into: record, isHashed: false)
      try finish(record, size: size)
      return true
    } catch let error as SystemCallError {
      buffer.abandon()
      fail(job, during: "read", error)
      return false
    }
  }

  private func finish(_ record: FileRecord, size: UInt64) throws {
    run.ledger.addRead(bytes: size)
    if record.seal(size: size), let directory = run.finish(record) {
      try run.saves.push(.tree(directory))
    }
  }

  private func attempt(_ job: FileJob, ofInstant isOfInstant: Bool) throws -> Outcome {
    run.request.hooks.opening?(job.path)
    var during = "open"
    do {
      let file = try job.fileName.withCString {
        SharedDescriptor(try openForReading(in: job.directory.raw, $0, subject: job.path))
      }
      during = "stat"
      // What a volume snapshot holds is still what the walk saw.
      let before =
        job.isLive ? try fileMetadata(in: file.raw, subject: job.path) : job.metadata
      guard before.type == .regular else {
        fail(job, during: "open", ArchiveFault.changedType)
        return .failed
      }
      let instant = isOfInstant ? job.instant : nil
      if let lateness = instant?.lateness(of: before) { return .late(lateness, size: 0) }
      // Of an instant, it shows afterwards that it didn't change since.
      let firstRead =
        job.isLive && instant == nil ? try settle(file.raw, job, before) : nil
      let record = record(job, before, try attributes(job, file.raw))
      during = "read"
      let (size, read) = try content(
        of: file.raw,
        job,
        before,
        into: record,
        isHashed: firstRead != nil
      )
      run.request.hooks.wasRead?(job.path)
      guard job.isLive else { return .whole(record, size: size) }
      during = "stat"
      let after = try fileMetadata(in: file.raw, subject: job.path)
      if let lateness = instant?.lateness(of: after) { return .late(lateness, size: size) }
      let isSame =
        after.size == before.size && after.modified == before.modified
        && after.changed == before.changed && after.inode == before.inode && read == firstRead
      return isSame ? .whole(record, size: size) : .torn(record, size: size)
    } catch let error as SystemCallError {
      buffer.abandon()
      switch error.errno {
      case .noSuchFileOrDirectory where job.instant != nil && !job.isTarget:
        name(job, .removed)
      case .noSuchFileOrDirectory: fail(job, during: during, ArchiveFault.vanished)
      case .tooManySymbolicLinkLevels, .noSuchAddressOrDevice:
        fail(job, during: during, ArchiveFault.changedType)
      default: fail(job, during: during, error)
      }
      return .failed
    }
  }

  /// Sees to it that changes from now on show; where they never do, the hash of a first reading.
  private func settle(_ file: CInt, _ job: FileJob, _ metadata: FileMetadata) throws -> Digest? {
    run.flusher.settle(file, metadata)
    guard run.flusher.hidesChanges(file, metadata) else { return nil }
    let digest = try hash(file, job, metadata)
    run.request.hooks.wasRead?(job.path)
    return digest
  }

  /// Names a file that is not of the instant, unless it is named already.
  private func name(_ job: FileJob, _ lateness: Lateness) {
    if job.instant?.isNamed ?? true { return }
    run.ledger.add(late: ArchiveFinding(path: job.path, reason: "\(lateness)"))
  }

  private func fail(_ job: FileJob, during: String, _ cause: any Error) {
    run.ledger.add(ArchiveProblem(path: job.path, during: during, cause: cause))
  }

  private func attributes(
    _ job: FileJob,
    _ file: CInt
  ) throws(SystemCallError) -> [ExtendedAttribute] {
    do {
      let found = try ExtendedAttributes(in: file, nil, subject: job.path)
      for error in found.unreadable { fail(job, during: "read attribute of", error) }
      return found.attributes
    } catch {
      fail(job, during: "list attributes of", error)
      return []
    }
  }

  private func record(
    _ job: FileJob,
    _ metadata: FileMetadata,
    _ attributes: [ExtendedAttribute]
  ) -> FileRecord {
    FileRecord(
      directory: job.parent,
      slot: job.slot,
      node: builder.node(
        named: job.name,
        metadata,
        deviceID: job.frozenDeviceID ?? metadata.device,
        attributes: attributes
      ),
      former: job.former,
      started: job.started
    )
  }

  /// Hashes the content without storing it.
  ///
  /// When the same is read afterwards, the file was that at the moment between the two.
  private func hash(_ file: CInt, _ job: FileJob, _ metadata: FileMetadata) throws -> Digest {
    var source = FileSource(file: file, sizeExpected: metadata.size, isSparse: false, job: job)
    let hash = IncrementalSHA256()
    source.hash = hash
    while try source.read(into: buffer.room(1 << 20)) > 0 {
      try run.request.interruption.check()
    }
    return hash.finish()
  }

  /// Reads to the end and cuts into chunks; the size is what was read, and its hash if asked for.
  private func content(
    of file: CInt,
    _ job: FileJob,
    _ metadata: FileMetadata,
    into record: FileRecord,
    isHashed: Bool
  ) throws -> (size: UInt64, hash: Digest?) {
    // Below that a hole saves nothing.
    let isSparse =
      !isHashed && metadata.blocks * 512 < metadata.size && metadata.size >= 1 << 20
    if metadata.size >= 1 << 20 { expectSequentialReading(of: file) }
    var source = FileSource(
      file: file,
      sizeExpected: metadata.size,
      isSparse: isSparse,
      job: job
    )
    if isHashed { source.hash = IncrementalSHA256() }
    while true {
      if metadata.size >= 1 << 20 { try run.request.interruption.check() }
      if buffer.isAtChunkStart {
        let count = try source.skipZeroChunks()
        if count > 0 { try addZeroChunks(count, to: record, job) }
      }
      let room = try buffer.room(source.worthReading)
      let count = try source.read(into: room)
      if count == 0 { break }
      try buffer.advance(by: count, of: record)
      run.ledger.progress.addDone(bytes: UInt64(count))
      // Fewer bytes than asked for, up to where the file ends: that was all.
      if count < room.count, source.position == metadata.size { break }
    }
    try buffer.end(record)
    return (source.position, source.hash?.finish())
  }

  private func addZeroChunks(_ count: Int, to record: FileRecord, _ job: FileJob) throws {
    guard record.hasRoom(for: count) else {
      throw SystemCallError(call: "read", subject: job.path, errno: .fileTooLarge)
    }
    var count = count
    if run.zeros.claim() {
      let piece = BlobPiece(
        record: record,
        place: record.expectBlob(),
        offset: 0,
        length: ZeroChunk.size,
        id: ZeroChunk.id
      )
      try run.saves.push(.blobs([piece], ZeroChunk.lease()))
      count -= 1
    }
    record.addKnown(ZeroChunk.id, count: count)
    run.ledger.progress.addDone(bytes: UInt64(count * ZeroChunk.size))
  }
}
