import Machine
import RepositoryFormat

extension Restoration {
  func path(of file: PlannedFile) -> FilePath {
    directories.fileSystemPath(of: file.directory, file.name)
  }

  /// Removes what stands at `name`: anything but a directory with entries.
  ///
  /// With `--delete`, a directory goes with everything in it.
  func clear(_ directory: CInt, _ index: DirectoryIndex, _ name: FileName) throws {
    do {
      try removeFile(
        in: directory,
        name,
        subject: directories.fileSystemPath(of: index, name)
      )
    } catch where error.errno == .noSuchFileOrDirectory {
    } catch where error.errno == .isDirectory {
      if deletes {
        try removeTree(in: index, name)
      } else {
        try removeDirectory(
          in: directory,
          name,
          subject: directories.fileSystemPath(of: index, name)
        )
      }
    }
  }

  /// Opens a new file in the place of whatever stands there.
  func create(_ file: PlannedFile) throws -> Descriptor {
    let directory = try directories.descriptor(of: file.directory)
    func create() throws(SystemCallError) -> Descriptor {
      try openFile(in: directory.raw, file.name, .creating, subject: path(of: file))
    }
    if file.existing == nil {
      do { return try create() } catch where error.errno == .fileExists {}
    }
    try clear(directory.raw, file.directory, file.name)
    return try create()
  }

  /// Opens the file that is there, which is the one that was looked at.
  func openExisting(_ file: PlannedFile, _ opening: FileOpening) throws -> Descriptor {
    let directory = try directories.descriptor(of: file.directory)
    func open() throws(SystemCallError) -> Descriptor {
      try openFile(in: directory.raw, file.name, opening, subject: path(of: file))
    }
    let descriptor: Descriptor
    do {
      descriptor = try open()
    } catch where error.errno == .permissionDenied {
      try setPermissions(
        of: .name(file.name, directory: directory.raw),
        to: 0o600,
        subject: path(of: file)
      )
      descriptor = try open()
    }
    let found = try fileMetadata(in: descriptor.raw, subject: path(of: file))
    if let existing = file.existing,
      found.type != .regular || found.inode != existing.inode || found.device != existing.device
    {
      throw RestoreError("\(path(of: file)) was replaced by another program meanwhile")
    }
    return descriptor
  }

  /// Opens `file` for writing blobs into it, in its final size; the first call makes it.
  private func prepare(_ file: PlannedFile, _ state: inout PlannedFile.State) throws
    -> WritableFile
  {
    if let open = state.file { return open }
    let descriptor: Descriptor
    if state.isPrepared || state.matching != nil {
      descriptor = try openExisting(file, .changing)
    } else {
      descriptor = try create(file)
    }
    if !state.isPrepared, file.existing?.size != file.size || state.matching == nil {
      try truncate(descriptor.raw, to: file.size, subject: path(of: file))
    }
    state.isPrepared = true
    let open = WritableFile(descriptor)
    state.file = open
    return open
  }

  /// Writes one blob of a file, and finishes the file when it was the last.
  ///
  /// - Throws: Only what ends the restore; other errors are told and the file is given up.
  func write(_ plain: UnsafeRawBufferPointer, _ blob: PlannedBlob, of file: PlannedFile) throws {
    do {
      if file.blobs.count == 1, file.existing == nil || !holdsSomething(file) {
        try writeWhole(plain, file)
        return
      }
      let hasFailed = file.state.withLock { $0.hasFailed }
      if hasFailed { return }
      let open = try file.state.withLock { try prepare(file, &$0) }
      openFiles.opened(file)
      let isFresh = file.state.withLock { $0.matching == nil }
      try writeBytes(plain, to: open.raw, at: blob.offset, isFresh: isFresh, file)
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

  private func holdsSomething(_ file: PlannedFile) -> Bool {
    file.state.withLock { $0.matching != nil }
  }

  /// Makes, writes and finishes a file of one blob, which needs no bookkeeping.
  private func writeWhole(_ plain: UnsafeRawBufferPointer, _ file: PlannedFile) throws {
    let descriptor = try create(file)
    if request.isSparse {
      try truncate(descriptor.raw, to: file.size, subject: path(of: file))
    }
    try writeBytes(plain, to: descriptor.raw, at: 0, isFresh: true, file)
    progress.wrote(bytes: UInt64(plain.count))
    try setMetadata(of: .descriptor(descriptor.raw), to: file.node) { path(of: file) }
    try descriptor.close(of: path(of: file))
    completed(file)
  }

  /// Makes a file without content.
  func writeEmpty(_ file: PlannedFile) throws {
    do {
      let descriptor = try create(file)
      try setMetadata(of: .descriptor(descriptor.raw), to: file.node) { path(of: file) }
      completed(file)
    } catch {
      try giveUp(file, error)
    }
  }

  /// Gives a file whose content is right its size and metadata.
  func finish(_ file: PlannedFile, _ open: WritableFile) throws {
    try setMetadata(of: .descriptor(open.raw), to: file.node) { path(of: file) }
    file.state.withLock { $0.file = nil }
    try open.close(of: path(of: file))
    completed(file)
  }

  private func completed(_ file: PlannedFile) {
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
    if isFirst { try failed(file.directory, file.name, error) }
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
