import Machine

/// What is known of the files of SQLite without reading their content.
///
/// Source: sqlite.org, "Database File Format", "File Locking And Concurrency"; `os.h`,
/// `os_unix.c` and `wal.c` of SQLite.
enum SQLiteFormat {
  /// How transactions become durable.
  enum Mode: Hashable {
    /// By a journal of what was there before.
    case rollback
    /// By a log of what is there afterwards.
    case log
  }

  /// How many bytes a database begins with that say what it is.
  static let headerSize = 20

  private static let magic = Array("SQLite format 3\0".utf8)

  /// Reads the first bytes of a file; nil when it is no database.
  ///
  ///     0..<16  "SQLite format 3", zero
  ///     18      file format to write it: 1 rollback, 2 log
  ///     19      file format to read it
  static func mode(of header: some Collection<UInt8>) -> Mode? {
    let bytes = Array(header.prefix(headerSize))
    guard bytes.count == headerSize, bytes.starts(with: magic) else { return nil }
    return bytes[18] == 2 && bytes[19] == 2 ? .log : .rollback
  }

  // Bytes of the database that are locked; they are never stored.

  /// Who writes next, once the readers have ended.
  static let pending: Range<UInt64> = 0x4000_0000..<0x4000_0001
  /// Who writes.
  static let reserved: Range<UInt64> = 0x4000_0001..<0x4000_0002
  /// Who reads: each has a shared lock here, and who changes the file an exclusive one.
  static let shared: Range<UInt64> = 0x4000_0002..<0x4000_0200
  /// All of them.
  static let all: Range<UInt64> = 0x4000_0000..<0x4000_0200

  /// Bytes of the log's index (`-shm`): who appends to the log, and who copies from it to the
  /// database.
  static let appendingAndCopying: Range<UInt64> = 120..<122

  /// Beside the database, with its name in front.
  static let journalSuffix = "-journal"
  static let indexSuffix = "-shm"
}
