import Machine

/// The copy of a server's data in a scratch folder, and what its programs need beside it.
///
///     FOLDER/data     the copy
///     FOLDER/run      sockets and temporary files
///     FOLDER/…        settings, and what programs said
///
/// All of it belongs to the user whose rights the programs have, but the folder and what programs
/// said.
struct ServerCopy: Sendable {
  let folder: ScratchFolder
  /// Nil for ours.
  let user: ProgramUser?

  /// Below the folder, in which all programs begin.
  static let data = "data"
  static let run = "run"

  var data: FilePath { folder.path.appending(Self.data) }

  /// Makes everything but the copy.
  ///
  /// - Throws: ``SystemCallError``, ``NoUser``.
  init(_ folder: ScratchFolder, ownedBy name: [UInt8]) throws {
    self.folder = folder
    if isRoot {
      guard let found = ProgramUser(named: name) ?? ProgramUser(named: Array("nobody".utf8)) else {
        throw NoUser()
      }
      user = found
    } else {
      user = nil
    }
    let directory = try openDirectory(exactly: folder.path)
    for name in [Self.data, Self.run] {
      try makeDirectory(
        in: directory.raw,
        FileName(name),
        subject: folder.path.appending(name)
      )
    }
    try LocalFiles.setMode(folder.path, 0o711)
  }

  /// Writes a file of settings.
  ///
  /// - Throws: ``SystemCallError``.
  func write(_ text: String, as name: String) throws {
    try writeWholeFile(
      Array(text.utf8),
      to: folder.path.appending(name),
      isNew: true,
      mode: 0o644
    )
  }

  /// Gives the copy to the user of the programs; until then nobody else could touch it.
  ///
  /// - Throws: ``SystemCallError``.
  func handOver() throws {
    guard let user else { return }
    let directory = try openDirectory(exactly: folder.path)
    for name in [Self.data, Self.run] {
      let path = folder.path.appending(name)
      try give(FileName(name), in: directory.raw, at: path, to: user)
    }
  }

  private func give(
    _ name: FileName,
    in directory: CInt,
    at path: FilePath,
    to user: ProgramUser
  ) throws {
    if try fileMetadata(in: directory, name, subject: path).type == .directory {
      let opened = try openDirectory(in: directory, name, subject: path)
      let listing = try DirectoryListing(reading: opened.raw, subject: path)
      for index in 0..<listing.count {
        let entry = listing.name(at: index)
        let below = path.pushing(FilePath(bytes: entry.bytes))
        try give(entry, in: opened.raw, at: below, to: user)
      }
    }
    try setOwner(
      of: .name(name, directory: directory),
      userID: user.userID,
      groupID: user.groupID,
      subject: path
    )
  }
}

/// A server can't be run as root, and there is nobody else.
struct NoUser: Error, CustomStringConvertible {
  var description: String { "there is no user to run the server as" }
}
