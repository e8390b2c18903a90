import Machine

/// A directory of the target, as the planner found or made it.
struct Place: Sendable {
  var directory: DirectoryIndex
  /// False in a dry run that would make it.
  var exists: Bool
  /// Whether we made it, so that there is nothing in it.
  var isNew: Bool
}

extension Restoration {
  /// What stands at `name`; nil when nothing does.
  ///
  /// - Throws: ``SystemCallError``.
  func existing(
    _ name: FileName,
    in place: Place
  ) throws(SystemCallError) -> FileMetadata? {
    if place.isNew || !place.exists { return nil }
    let descriptor = try directories.descriptor(of: place.directory)
    do {
      return try fileMetadata(
        in: descriptor.raw,
        name,
        subject: directories.fileSystemPath(of: place.directory, name)
      )
    } catch {
      if error.errno == .noSuchFileOrDirectory { return nil }
      throw error
    }
  }

  /// Makes or finds the directory `name` below `parent`.
  ///
  /// Anything else that stands there, a link to a directory too, is removed.
  ///
  /// - Throws: ``SystemCallError``, ``RestoreError``.
  func makeDirectory(_ name: FileName, in parent: Place) throws -> Place {
    let found = try existing(name, in: parent)
    if let found, found.type == .directory {
      try makeAccessible(name, in: parent, found)
      let index = directories.add(name, below: parent.directory)
      return Place(directory: index, exists: true, isNew: false)
    }
    if found != nil, request.overwrite == .never {
      let path = directories.fileSystemPath(of: parent.directory, name)
      throw RestoreError("\(path) is in the way of a directory, and nothing is overwritten")
    }
    if !request.isDryRun {
      let descriptor = try directories.descriptor(of: parent.directory)
      let subject = { self.directories.fileSystemPath(of: parent.directory, name) }
      if found != nil { try removeFile(in: descriptor.raw, name, subject: subject()) }
      do {
        try Machine.makeDirectory(in: descriptor.raw, name, subject: subject())
      } catch {
        if error.errno != .fileExists || !parent.isNew { throw error }
        // Someone else is busy here too.
        var parent = parent
        parent.isNew = false
        return try makeDirectory(name, in: parent)
      }
    }
    let index = directories.add(name, below: parent.directory)
    return Place(directory: index, exists: !request.isDryRun, isNew: true)
  }

  /// Lets us, who aren't root, write into a directory of ours; its permissions are set at the end.
  private func makeAccessible(
    _ name: FileName,
    in parent: Place,
    _ found: FileMetadata
  ) throws(SystemCallError) {
    if isPrivileged || request.isDryRun || found.userID != effectiveUserID { return }
    if found.mode & 0o700 == 0o700 { return }
    try setPermissions(
      of: .name(name, directory: directories.descriptor(of: parent.directory).raw),
      to: found.mode & 0o7777 | 0o700,
      subject: directories.fileSystemPath(of: parent.directory, name)
    )
  }
}
