import Machine
import Planning

extension Restoration {
  /// Removes what is in a directory of the target but not in the snapshot, as far as it is
  /// selected.
  ///
  /// - Throws: What ends the restore; other errors are told.
  func removeOthers(than expected: [FileName], in directory: DirectoryIndex) throws {
    let open = try directories.descriptor(of: directory)
    let listing = try DirectoryListing(
      reading: open.raw,
      subject: directories.fileSystemPath(of: directory)
    )
    var path = request.selection.path(directories.location(of: directory))
    var position = 0
    for index in 0..<listing.count {
      try request.interruption.check()
      let name = listing.name(at: index)
      while position < expected.count, expected[position] < name { position += 1 }
      if position < expected.count, expected[position] == name { continue }
      name.bytes.withUnsafeBytes { path.append($0) }
      defer { path.removeLast() }
      guard request.selection.answer(path).isSelected else { continue }
      do {
        try removeTree(in: directory, name)
      } catch {
        try failed(directory, name, error)
      }
    }
  }

  /// Removes `name` and everything below it, following no link and leaving mounted file
  /// systems alone; in a dry run only tells of it.
  ///
  /// - Throws: ``SystemCallError``, ``RestoreError``, ``Interrupted``.
  func removeTree(in parent: DirectoryIndex, _ name: FileName) throws {
    var levels: [RemovalLevel] = []
    defer { for level in levels.reversed() { directories.release(level.directory) } }
    if let level = try removeOrEnter(name, in: parent) { levels.append(level) }
    while let level = levels.last {
      try request.interruption.check()
      if level.next < level.listing.count {
        levels[levels.count - 1].next += 1
        let name = level.listing.name(at: level.next)
        if let below = try removeOrEnter(name, in: level.directory) { levels.append(below) }
      } else {
        try removeEmptied(level)
        levels.removeLast()
        directories.release(level.directory)
      }
    }
  }

  private struct RemovalLevel {
    let parent: DirectoryIndex
    let name: FileName
    let directory: DirectoryIndex
    let listing: DirectoryListing
    var next = 0
  }

  /// Removes anything but a directory, which is returned instead.
  private func removeOrEnter(
    _ name: FileName,
    in parent: DirectoryIndex
  ) throws -> RemovalLevel? {
    let open = try directories.descriptor(of: parent)
    let subject = { self.directories.fileSystemPath(of: parent, name) }
    let found = try fileMetadata(in: open.raw, name, subject: subject())
    if found.type != .directory {
      if !request.isDryRun { try removeFile(in: open.raw, name, subject: subject()) }
      noteDeleted(parent, name)
      return nil
    }
    let above = try fileMetadata(in: open.raw, subject: subject())
    if above.mountID != found.mountID {
      throw RestoreError("\(subject()) is not removed: a file system is mounted there")
    }
    let index = directories.add(name, below: parent)
    do {
      let listing = try DirectoryListing(
        reading: directories.descriptor(of: index).raw,
        subject: subject()
      )
      return RemovalLevel(parent: parent, name: name, directory: index, listing: listing)
    } catch {
      directories.release(index)
      throw error
    }
  }

  private func removeEmptied(_ level: RemovalLevel) throws {
    if !request.isDryRun {
      try removeDirectory(
        in: directories.descriptor(of: level.parent).raw,
        level.name,
        subject: directories.fileSystemPath(of: level.parent, level.name)
      )
    }
    noteDeleted(level.parent, level.name)
  }

  private func noteDeleted(_ directory: DirectoryIndex, _ name: FileName) {
    progress.deleted()
    report(.deleted, directory, name)
  }
}
