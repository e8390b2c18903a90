import Machine

/// A folder for the throw-away copy of one database.
struct ScratchFolder: Sendable {
  let path: FilePath
  let name: FileName
  private let parent: SharedDescriptor

  /// Makes it, accessible to us alone.
  ///
  /// - Throws: ``SystemCallError``.
  static func make(
    named name: String,
    in parent: FilePath
  ) throws(SystemCallError) -> ScratchFolder {
    let descriptor = SharedDescriptor(try openDirectory(exactly: parent))
    let path = parent.appending(name)
    try makeDirectory(in: descriptor.raw, FileName(name), subject: path)
    return ScratchFolder(path: path, name: FileName(name), parent: descriptor)
  }

  /// Removes it with everything in it, without following a link.
  ///
  /// - Throws: ``SystemCallError``.
  func remove() throws(SystemCallError) {
    try LocalFiles.removeTree(name, in: parent.raw, subject: path)
  }
}

/// How much may be copied into a folder.
struct Room {
  /// Left free for what a database makes while it is open.
  private static let reserve: UInt64 = 64 << 20

  private let folder: ScratchFolder
  private let sizeMax: UInt64?

  init(_ folder: ScratchFolder, sizeMax: UInt64?) {
    self.folder = folder
    self.sizeMax = sizeMax
  }

  /// Makes sure that a database fits.
  ///
  /// - Parameters:
  ///   - size: Of its files, in bytes.
  ///   - extra: What it writes at most while it recovers.
  /// - Throws: ``NoRoom``, ``SystemCallError``.
  func demand(_ size: UInt64, extra: UInt64) throws {
    if let sizeMax, size > sizeMax {
      throw NoRoom("it has \(size) bytes, more than the \(sizeMax) that are tried at most")
    }
    let free = try availableBytes(at: folder.path)
    let (sum, isTooMuch) = size.addingReportingOverflow(extra)
    if isTooMuch || sum > free || free - sum < Self.reserve {
      throw NoRoom("its \(size) bytes need more room than there is for scratch files")
    }
  }
}

/// A database is too large to be copied.
struct NoRoom: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension ProvableTree {
  /// Copies a file of the tree to a new one in a folder of ours.
  ///
  /// - Throws: ``UnreadableEntry``, ``SystemCallError``, ``Interrupted``, ``NoTimeLeft``.
  func copy(
    _ entry: Entry,
    to name: FileName,
    in folder: CInt,
    at path: FilePath,
    _ deadline: ProofDeadline
  ) throws {
    try deadline.check()
    let target = try openFile(in: folder, name, .creating, subject: path)
    try copy(entry, into: target.raw, at: path) { try deadline.check() }
    try target.close(of: path)
  }
}
