import Machine
import RepositoryFormat
import Synchronization

extension Restoration {
  func path(of file: PlannedFile) -> FilePath {
    directories.fileSystemPath(of: file.directory, file.name)
  }

  /// Removes what stands at `name`: anything but a directory with entries.
  ///
  /// With `--delete`, a directory goes with everything in it.
  func clear(_ directory: CInt, _ index: DirectoryIndex, _ name: FileName) throws {
    let subject = { self.directories.fileSystemPath(of: index, name) }
    var failure: SystemCallError?
    do { try removeFile(in: directory, name, subject: subject()) } catch { failure = error }
    switch failure?.errno {
    case nil, .noSuchFileOrDirectory: return
    case .isDirectory where deletes: try removeTree(in: index, name)
    case .isDirectory: try removeDirectory(in: directory, name, subject: subject())
    default: if let failure { throw failure }
    }
  }

  /// Opens a new file in the place of whatever stands there.
  func create(_ file: PlannedFile) throws -> Descriptor {
    let directory = try directories.descriptor(of: file.directory)
    if file.existing == nil {
      do {
        return try openFile(in: directory.raw, file.name, .creating, subject: path(of: file))
      } catch {
        if error.errno != .fileExists { throw error }
      }
    }
    try clear(directory.raw, file.directory, file.name)
    return try openFile(in: directory.raw, file.name, .creating, subject: path(of: file))
  }

  /// Opens the file that is there.
  ///
  /// - Parameters:
  ///   - file: Which.
  ///   - opening: For reading or changing.
  ///   - isSame: Whether it must be the one that was looked at when the restore was planned.
  /// - Returns: The open regular file.
  /// - Throws: ``SystemCallError``, ``RestoreError``.
  func openExisting(
    _ file: PlannedFile,
    _ opening: FileOpening,
    isSame: Bool
  ) throws -> Descriptor {
    let descriptor = try openAllowed(file, opening)
    let found = try fileMetadata(in: descriptor.raw, subject: path(of: file))
    let isExpected =
      !isSame || found.inode == file.existing?.inode && found.device == file.existing?.device
    if found.type != .regular || !isExpected {
      throw RestoreError("\(path(of: file)) was replaced by another program meanwhile")
    }
    return descriptor
  }

  /// Opens a file, if need be after allowing ourselves to.
  private func openAllowed(
    _ file: PlannedFile,
    _ opening: FileOpening
  ) throws(SystemCallError) -> Descriptor {
    let directory = try directories.descriptor(of: file.directory)
    do {
      return try openFile(in: directory.raw, file.name, opening, subject: path(of: file))
    } catch {
      if error.errno != .permissionDenied || request.isDryRun { throw error }
    }
    let reference = FileReference.name(file.name, directory: directory.raw)
    try setPermissions(of: reference, to: 0o600, subject: path(of: file))
    return try openFile(in: directory.raw, file.name, opening, subject: path(of: file))
  }

  /// The file, open for writing blobs into it, in its final size; the first call makes it.
  private func prepared(_ file: PlannedFile) throws -> WritableFile {
    let (open, isNew) = try file.state.withLock { state in
      if let open = state.file { return (open, false) }
      let descriptor: Descriptor
      if state.isPrepared || state.matching != nil {
        descriptor = try openExisting(file, .changing, isSame: state.matching != nil)
      } else {
        descriptor = try create(file)
      }
      if !state.isPrepared, state.matching == nil || file.existing?.size != file.size {
        try truncate(descriptor.raw, to: file.size, subject: path(of: file))
      }
      state.isPrepared = true
      let open = WritableFile(descriptor)
      state.file = open
      return (open, true)
    }
    if isNew { openFiles.opened(file) }
    return open
  }

  /// Writes one blob of a file, and finishes the file when it was the last.
  ///
  /// - Throws: Only what ends the restore; other errors are told and the file is given up.
  func write(_ plain: UnsafeRawBufferPointer, _ blob: PlannedBlob, of file: PlannedFile) throws {
    do {
      let (hasFailed, keepsSome) = file.state.withLock { ($0.hasFailed, $0.matching != nil) }
      if hasFailed { return }
      if file.blobs.count == 1, !keepsSome {
        try writeWhole(plain, file)
        return
      }
      let open = try prepared(file)
      try writeBytes(plain, to: open.raw, at: blob.offset, isFresh: !keepsSome, file)
      progress.wrote(bytes: UInt64(plain.count))
      let isLast = file.state.withLock { state in
        state.remaining -= 1
        return state.remaining == 0
      }
      if isLast { try finish(file, open) }
    } catch {
      try giveUp(file, error)
    }
  }

  /// Makes, writes and finishes a file of one blob, which needs no bookkeeping.
  private func writeWhole(_ plain: UnsafeRawBufferPointer, _ file: PlannedFile) throws {
    let descriptor = try create(file)
    if request.isSparse {
      try truncate(descriptor.raw, to: file.size, subject: path(of: file))
    }
    try writeBytes(plain, to: descriptor.raw, at: 0, isFresh: true, file)
    progress.wrote(bytes: UInt64(plain.count))
    let isDressed = try dress(file, .descriptor(descriptor.raw))
    try descriptor.close(of: path(of: file))
    if isDressed { completed(file) }
  }

  /// Makes a file, or changes the size of an existing one, without writing content.
  ///
  /// - Throws: Only what ends the restore; other errors are told.
  func resize(_ file: PlannedFile) throws {
    do { try finish(file, try prepared(file)) } catch { try giveUp(file, error) }
  }

  /// Gives a file whose content is right its size and metadata.
  private func finish(_ file: PlannedFile, _ open: WritableFile) throws {
    let isDressed = try dress(file, .descriptor(open.raw))
    file.state.withLock { $0.file = nil }
    try open.close(of: path(of: file))
    if isDressed { completed(file) }
  }

  /// Gives a file with the right content its metadata; false when that failed, which is told.
  ///
  /// Its other names are made all the same: the content is whole.
  func dress(_ file: PlannedFile, _ reference: FileReference) throws -> Bool {
    do {
      try setMetadata(of: reference, to: file.node) { path(of: file) }
      return true
    } catch {
      try failed(file.directory, file.name, error)
      return false
    }
  }

  func completed(_ file: PlannedFile) {
    progress.restored()
    let isUpdate = file.state.withLock { $0.matching != nil }
    report(isUpdate ? .updated : .restored, file.directory, file.name, size: file.size)
  }

  /// Tells once why `file` is not complete, and writes no more of it.
  func giveUp(_ file: PlannedFile, _ error: any Error) throws {
    let isFirst = file.state.withLock { state in
      defer {
        state.hasFailed = true
        state.file = nil
      }
      return !state.hasFailed
    }
    if !isFirst { return }
    if file.node.links > 1 {
      noteBroken(LinkSource(directory: file.directory, name: file.name))
    }
    try failed(file.directory, file.name, error)
  }

  private func writeBytes(
    _ plain: UnsafeRawBufferPointer,
    to descriptor: CInt,
    at offset: UInt64,
    isFresh: Bool,
    _ file: PlannedFile
  ) throws {
    if request.isSparse {
      try writeSparsely(plain, to: descriptor, at: offset, isFresh: isFresh) { path(of: file) }
    } else {
      try Machine.write(plain, to: descriptor, at: offset, subject: path(of: file))
    }
  }
}
