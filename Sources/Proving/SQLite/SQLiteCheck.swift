import Machine

/// Opens the copy of a SQLite database and has SQLite look at all of it.
struct SQLiteCheck {
  /// How many rows without what they refer to are counted.
  private static let foreignMax = 1000
  /// SQLite says these of what only the application that made the database has.
  private static let foreignWords = [
    "no such collation", "no such function", "no such module", "unknown function",
    "unknown tokenizer", "unsupported file format", "syntax error",
  ]

  private let database: FilePath
  private let journal: FilePath?
  private let deadline: ProofDeadline

  /// - Parameters:
  ///   - database: The copy; its write-ahead log lies beside it.
  ///   - journal: Of a transaction that must be taken back.
  ///   - deadline: Ends it.
  init(_ database: FilePath, _ journal: FilePath?, _ deadline: ProofDeadline) {
    self.database = database
    self.journal = journal
    self.deadline = deadline
  }

  /// - Throws: ``Interrupted``, ``NoTimeLeft``.
  func run() throws -> ProofFinding {
    do throws(SQLiteError) {
      let connection = try SQLiteConnection(database, deadline)
      let complaints = try connection.firstColumn(of: "PRAGMA integrity_check(1)", max: 1)
      let foreign = foreignKeys(connection)
      if let complaint = complaints.first, complaint != "ok" {
        return .damaged(firstLine(of: complaint))
      }
      guard let recovered = try recovery(connection) else { return .whole(foreign) }
      return .recovered(foreign.isEmpty ? recovered : "\(recovered); \(foreign)")
    } catch {
      return try finding(of: error)
    }
  }

  /// What had to be recovered; nil when nothing had.
  private func recovery(_ connection: SQLiteConnection) throws(SQLiteError) -> String? {
    if let journal, (try? fileMetadata(of: journal).size) ?? 0 == 0 {
      return "a transaction was rolled back from the journal"
    }
    // It answers with: busy, pages in the log, pages written back.
    let answer = try connection.rows(of: "PRAGMA wal_checkpoint(PASSIVE)", max: 1)
    guard let row = answer.first, row.count == 3, let frames = Int(row[1]), frames > 0 else {
      return nil
    }
    return "\(frames) \(frames == 1 ? "page" : "pages") of the write-ahead log"
  }

  /// What is to be said of references to rows that aren't there: applications may leave such.
  private func foreignKeys(_ connection: SQLiteConnection) -> String {
    let statement = "PRAGMA foreign_key_check"
    do throws(SQLiteError) {
      let count = try connection.firstColumn(of: statement, max: Self.foreignMax + 1).count
      switch count {
      case 0: return ""
      case 1: return "foreign keys: 1 row"
      case ...Self.foreignMax: return "foreign keys: \(count) rows"
      default: return "foreign keys: more than \(Self.foreignMax) rows"
      }
    } catch {
      return "foreign keys: not checked: \(error.message)"
    }
  }

  private func finding(of error: SQLiteError) throws -> ProofFinding {
    try deadline.check()
    if Self.foreignWords.contains(where: { error.message.contains($0) }) {
      return .untried("needs more than SQLite \(SQLiteConnection.version): \(error.message)")
    }
    switch error.reason {
    case .damaged: return .damaged(firstLine(of: error.message))
    case .noDatabase: return .untried("\(error.message), or it is encrypted")
    case .other: return .untried(error.message)
    }
  }

  /// Without the line that says which database of a connection it is about.
  private func firstLine(of text: String) -> String {
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("*** in database") }
    return String(lines.first ?? "it is damaged")
  }
}
