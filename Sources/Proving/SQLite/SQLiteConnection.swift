import CSQLite
import Machine

/// What SQLite has against a database or a statement.
struct SQLiteError: Error {
  enum Reason: Hashable {
    /// What it read contradicts itself.
    case damaged
    /// It doesn't take the file for a database.
    case noDatabase
    case other
  }

  let reason: Reason
  let message: String

  fileprivate init(_ code: Int32, _ connection: OpaquePointer?) {
    switch code & 0xff {
    case SQLITE_CORRUPT: reason = .damaged
    case SQLITE_NOTADB: reason = .noDatabase
    default: reason = .other
    }
    message = String(cString: connection == nil ? sqlite3_errstr(code) : sqlite3_errmsg(connection))
  }
}

/// An open SQLite database that nobody else has, and whose content is not to be trusted.
final class SQLiteConnection {
  /// Of the library.
  static var version: String { String(cString: sqlite3_libversion()) }

  /// How many steps of SQLite's machine go by before it is asked whether to stop.
  private static let stepsBetweenChecks: Int32 = 100_000

  private let connection: OpaquePointer
  private let deadline: ProofDeadline

  /// Opens a database for reading and writing, since it may have to recover.
  ///
  /// - Throws: ``SQLiteError``.
  init(_ path: FilePath, _ deadline: ProofDeadline) throws(SQLiteError) {
    var opened: OpaquePointer?
    let code = path.withPlatformString {
      sqlite3_open_v2($0, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE, nil)
    }
    guard code == SQLITE_OK, let opened else {
      let error = SQLiteError(code, opened)
      sqlite3_close_v2(opened)
      throw error
    }
    connection = opened
    self.deadline = deadline
    let context = Unmanaged.passUnretained(deadline).toOpaque()
    sqlite3_progress_handler(connection, Self.stepsBetweenChecks, stopWhenOver, context)
    // Nothing that the schema says may do more than compute; what is written is thrown away.
    for setting in [
      "trusted_schema=OFF", "cell_size_check=ON", "temp_store=MEMORY", "synchronous=OFF",
      "hard_heap_limit=1073741824",
    ] {
      _ = try rows(of: "PRAGMA \(setting)", max: 1)
    }
  }

  deinit { sqlite3_close_v2(connection) }

  /// The first column of each row.
  func firstColumn(of statement: String, max: Int) throws(SQLiteError) -> [String] {
    try rows(of: statement, max: max).map { $0.first ?? "" }
  }

  /// Runs a statement; at most `max` rows as text.
  ///
  /// - Throws: ``SQLiteError``, also when the time is over.
  func rows(of statement: String, max: Int) throws(SQLiteError) -> [[String]] {
    var prepared: OpaquePointer?
    let code = sqlite3_prepare_v2(connection, statement, -1, &prepared, nil)
    defer { sqlite3_finalize(prepared) }
    guard code == SQLITE_OK else { throw SQLiteError(code, connection) }
    var rows: [[String]] = []
    while rows.count < max {
      switch sqlite3_step(prepared) {
      case SQLITE_ROW:
        rows.append(
          (0..<sqlite3_column_count(prepared)).map { column in
            sqlite3_column_text(prepared, column).map { String(cString: $0) } ?? ""
          }
        )
      case SQLITE_DONE: return rows
      case let code: throw SQLiteError(code, connection)
      }
    }
    return rows
  }
}

// Built outside any actor: a closure made on the main actor traps on another thread.
private nonisolated let stopWhenOver: @convention(c) (UnsafeMutableRawPointer?) -> Int32 = {
  context in
  guard let context else { return 1 }
  return Unmanaged<ProofDeadline>.fromOpaque(context).takeUnretainedValue().isOver ? 1 : 0
}
