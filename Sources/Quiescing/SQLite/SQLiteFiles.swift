import Machine
import Synchronization

/// The open files of a SQLite database, and the locks on them.
final class SQLiteFiles: Sendable {
  private let path: FilePath
  private let key: FileKey
  private let name: FileName
  private let folder: SharedDescriptor
  private let database: SharedDescriptor
  /// The index of the log, once it was opened.
  private let index = Mutex<SharedDescriptor?>(nil)

  /// Opens the database, and what is beside it as far as it is there.
  ///
  /// - Throws: ``QuiesceError`` when we may not lock it; ``ApplicationGone`` when something else is
  ///   there, or nothing.
  init(opening path: FilePath, _ key: FileKey) throws {
    guard let last = path.lastComponent else { throw ApplicationGone() }
    self.path = path
    self.key = key
    name = FileName(last.bytes)
    (folder, database) = try Self.open(path, name)
    guard try FileKey(fileMetadata(in: database.raw, subject: path)) == key else {
      throw ApplicationGone()
    }
    _ = try openIndex()
  }

  private static func open(
    _ path: FilePath,
    _ name: FileName
  ) throws -> (folder: SharedDescriptor, database: SharedDescriptor) {
    do throws(SystemCallError) {
      let folder = try openDirectory(exactly: path.removingLastComponent())
      if let database = try openForLocking(in: folder.raw, name, subject: path) {
        return (SharedDescriptor(folder), SharedDescriptor(database))
      }
    } catch {
      if error.errno != .noSuchFileOrDirectory {
        throw QuiesceError("it can't be opened to be locked (\(error.errno))")
      }
    }
    throw ApplicationGone()
  }

  private func sibling(_ suffix: String) -> FileName {
    FileName(Array(name.bytes) + Array(suffix.utf8))
  }

  private func keyOf(_ name: FileName) throws -> FileKey? {
    do throws(SystemCallError) {
      let metadata = try fileMetadata(in: folder.raw, name, subject: path)
      return metadata.type == .regular ? FileKey(metadata) : nil
    } catch {
      if error.errno == .noSuchFileOrDirectory { return nil }
      throw error
    }
  }

  // MARK: The database

  /// Whether the database still has its name.
  func isInPlace() throws -> Bool { try keyOf(name) == key }

  /// How its transactions become durable; nil when it is no database.
  func mode() throws -> SQLiteFormat.Mode? {
    let header = try readStart(of: database.raw, SQLiteFormat.headerSize, subject: path)
    return SQLiteFormat.mode(of: header)
  }

  /// Who keeps others from writing to it, or from reading it; nobody is disturbed by asking.
  func writer() throws -> LockInTheWay? {
    try lockInTheWay(of: .shared, on: SQLiteFormat.all, of: database.raw, subject: path)
  }

  /// Locks it as readers do; false when somebody is changing it.
  func lockForReading() throws -> Bool {
    let file = database.raw
    // Who waits for the readers to end lets no new ones in.
    guard try tryToLock(SQLiteFormat.pending, of: file, .shared, subject: path) else {
      return false
    }
    defer { Machine.unlock(SQLiteFormat.pending, of: file) }
    return try tryToLock(SQLiteFormat.shared, of: file, .shared, subject: path)
  }

  /// Locks it as who is about to write does; it is locked for reading. False when somebody is.
  func lockForWriting() throws -> Bool {
    try tryToLock(SQLiteFormat.reserved, of: database.raw, .exclusive, subject: path)
  }

  /// Whether there is a journal of a transaction that hasn't ended.
  ///
  /// One that has is removed, made empty, or begins with zero.
  func hasJournal() throws -> Bool {
    do throws(SystemCallError) {
      let journal = try sibling(SQLiteFormat.journalSuffix).withCString {
        name throws(SystemCallError) in
        SharedDescriptor(try openForReading(in: folder.raw, name, subject: path))
      }
      var first: UInt8 = 0
      let count = try withUnsafeMutableBytes(of: &first) { bytes throws(SystemCallError) in
        try read(into: bytes, from: journal.raw, at: 0, subject: path)
      }
      return count == 1 && first != 0
    } catch {
      if error.errno == .noSuchFileOrDirectory { return false }
      throw error
    }
  }

  // MARK: The log

  /// Whether somebody uses the log; nothing is opened.
  func hasIndex() throws -> Bool { try keyOf(sibling(SQLiteFormat.indexSuffix)) != nil }

  /// The index of the log; nil when there is none, and nobody uses the log.
  func openIndex() throws -> SharedDescriptor? {
    if let open = index.withLock({ $0 }), try isInPlace(index: open) { return open }
    let found = try opened(sibling(SQLiteFormat.indexSuffix))
    index.withLock { $0 = found }
    return found
  }

  private func opened(_ name: FileName) throws -> SharedDescriptor? {
    do throws(SystemCallError) {
      guard let file = try openForLocking(in: folder.raw, name, subject: path) else { return nil }
      return SharedDescriptor(file)
    } catch {
      if error.errno == .noSuchFileOrDirectory { return nil }
      throw error
    }
  }

  /// Whether the index that is open is the one that others would open.
  func isInPlace(index: SharedDescriptor) throws -> Bool {
    let open = FileKey(try fileMetadata(in: index.raw, subject: path))
    return try keyOf(sibling(SQLiteFormat.indexSuffix)) == open
  }

  /// Who appends to the log or copies from it; nobody is disturbed by asking.
  func user(ofIndex index: SharedDescriptor) throws -> LockInTheWay? {
    try lockInTheWay(
      of: .exclusive,
      on: SQLiteFormat.appendingAndCopying,
      of: index.raw,
      subject: path
    )
  }

  /// Keeps everybody from appending to the log and from copying from it; false when somebody does.
  func lockLog(by index: SharedDescriptor) throws -> Bool {
    try tryToLock(SQLiteFormat.appendingAndCopying, of: index.raw, .exclusive, subject: path)
  }

  /// Lets everybody in.
  func unlock() {
    if let index = index.withLock({ $0 }) {
      Machine.unlock(SQLiteFormat.appendingAndCopying, of: index.raw)
    }
    Machine.unlock(SQLiteFormat.all, of: database.raw)
  }
}
