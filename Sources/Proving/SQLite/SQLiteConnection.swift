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

/// What SQLite gives for an open database.
///
/// `@unchecked Sendable`: one thread uses it; others only have it interrupted, which SQLite allows
/// while it is open.
private final class SQLiteHandle: @unchecked Sendable {
  let raw: OpaquePointer

  init(_ raw: OpaquePointer) { self.raw = raw }

  deinit { sqlite3_close_v2(raw) }
}

/// An open SQLite database that nobody else has, and whose content is not to be trusted.
final class SQLiteConnection {
  /// Of the library.
  static var version: String { String(cString: sqlite3_libversion()) }

  private let handle: SQLiteHandle
  private let isDone = StopSignal()
  private let watch = WorkerThreads()
  private var connection: OpaquePointer { handle.raw }

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
    handle = SQLiteHandle(opened)
    // The check of a whole database is one step of SQLite's machine: only this ends it early.
    watch.start { [handle, isDone] in
      while !isDone.wait(for: .milliseconds(100)) {
        if deadline.isOver { sqlite3_interrupt(handle.raw) }
      }
    }
    // Nothing that the schema says may do more than compute; what is written is thrown away.
    for setting in [
      "trusted_schema=OFF", "cell_size_check=ON", "temp_store=MEMORY", "synchronous=OFF",
      "hard_heap_limit=1073741824",
    ] {
      _ = try rows(of: "PRAGMA \(setting)", max: 1)
    }
  }

  deinit {
    isDone.send()
    watch.join()
  }

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
