import Machine

/// A SQLite database with what lies beside it, to be copied and opened.
struct SQLiteCopy<Handle: Sendable> {
  let main: ProvableEntry<Handle>
  let log: ProvableEntry<Handle>?
  let journal: ProvableEntry<Handle>?

  /// Copies it under names of ours, and opens the copy.
  ///
  /// - Throws: ``UnreadableEntry``, ``SystemCallError``, ``NoRoom``, ``NoTimeLeft``,
  ///   ``Interrupted``.
  func prove<Tree: ProvableTree>(
    in tree: Tree,
    _ folder: ScratchFolder,
    _ room: Room,
    _ deadline: ProofDeadline
  ) throws -> ProofFinding where Tree.Handle == Handle {
    let beside = (log?.size ?? 0).saturatingSum(journal?.size ?? 0)
    try room.demand((main.size ?? 0).saturatingSum(beside), extra: beside)
    let directory = try openDirectory(exactly: folder.path)
    func copy(_ entry: ProvableEntry<Handle>?, _ name: String) throws -> FilePath? {
      guard let entry else { return nil }
      let path = folder.path.appending(name)
      try tree.copy(entry, to: FileName(name), in: directory.raw, at: path, deadline)
      return path
    }
    _ = try copy(main, Self.name)
    _ = try copy(log, Self.name + "-wal")
    let journal = try copy(journal, Self.name + "-journal")
    var isHot = false
    if let journal {
      switch try SQLiteJournal(journal) {
      case .settled: try LocalFiles.remove(journal)
      case .shared:
        // To play it back SQLite looks for a file elsewhere, and removes that: never from here.
        return .untried("its journal belongs to a transaction over several databases")
      case .hot: isHot = true
      }
    }
    let check = SQLiteCheck(folder.path.appending(Self.name), isHot ? journal : nil, deadline)
    return try check.run()
  }

  /// Nothing of the original's, which may be any bytes.
  private static var name: String { "database" }
}

/// What a rollback journal is, as far as it says without being played back.
///
///     first byte 0: settled │ magic … │ name of the shared journal, its length, sum, magic
///
/// Source: https://www.sqlite.org/fileformat2.html#the_rollback_journal
enum SQLiteJournal: Hashable {
  /// Its transaction was finished.
  case settled
  /// Its transaction must be taken back.
  case hot
  /// Its transaction is one with those of other databases, and a file elsewhere says whether it was
  /// finished.
  case shared

  private static let magic: [UInt8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]

  init(_ path: FilePath) throws(SystemCallError) {
    let size = try fileMetadata(of: path).size
    let start = try LocalFiles.read(path, offset: 0, length: 1)
    if start.first ?? 0 == 0 {
      self = .settled
      return
    }
    let length = Self.magic.count
    let end = try LocalFiles.read(
      path,
      offset: size > UInt64(length) ? size - UInt64(length) : 0,
      length: length
    )
    // A journal that begins and ends with the same magic is only its beginning.
    self = end == Self.magic && size > UInt64(length) ? .shared : .hot
  }
}
