import Machine

/// The tables of a MariaDB server whose engines have no transactions, locked one by one.
///
/// A transaction that wrote to such a table did so for good, though it goes on. It keeps the table's
/// metadata lock until it ends; whoever wants to lock the table waits for that, and new ones wait
/// behind. Each table is locked by a session of its own: within one session the server would see a
/// deadlock with transactions that take the tables in another order, and end those. Source:
/// MariaDB's manual, "FLUSH" and "Metadata Locking".
///
/// `@unchecked Sendable`: used by one thread at a time, under the lock of its ``MariaDBStage``.
final class MariaDBTables: @unchecked Sendable {
  /// With more tables than that, nobody waits for all of them.
  private static let countMax = 16
  /// How long the server tries to lock one, in seconds.
  private static let tryLength = 0.05

  private struct Table {
    let name: String
    var session: MariaDBSession
  }

  private let connect: @Sendable (ContinuousClock.Instant) throws -> MariaDBSession
  /// Those that are locked come first.
  private var tables: [Table] = []
  private var lockedCount = 0

  /// Finds them, and connects.
  ///
  /// - Parameters:
  ///   - session: To ask with.
  ///   - deadline: For the answers.
  ///   - connect: Makes another one, by a deadline.
  /// - Throws: ``QuiesceError`` when there are too many of them; ``CommandError``.
  init(
    _ session: MariaDBSession,
    _ deadline: ContinuousClock.Instant,
    connect: @escaping @Sendable (ContinuousClock.Instant) throws -> MariaDBSession
  ) throws {
    self.connect = { deadline in
      let session = try connect(deadline)
      try session.ask("SET SESSION max_statement_time = \(Self.tryLength);", deadline)
      return session
    }
    let names = try session.ask(Self.question, deadline)
    if names.count > Self.countMax {
      throw QuiesceError("more than \(Self.countMax) of its tables know no transactions")
    }
    for name in names { tables.append(Table(name: name, session: try self.connect(deadline))) }
  }

  private static let question = """
    SELECT CONCAT('`', REPLACE(table_schema, '`', '``'), '`.`', REPLACE(table_name, '`', '``'), '`')
    FROM information_schema.tables
    WHERE engine IN ('Aria', 'MyISAM', 'MRG_MyISAM', 'CSV', 'ARCHIVE')
    AND table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys');
    """

  /// Locks all of them, once the transactions that wrote to them have ended.
  ///
  /// - Throws: ``QuiesceError`` when some don't end in time; ``CommandError``. Some may be locked then.
  func lock(until deadline: ContinuousClock.Instant) throws {
    while lockedCount < tables.count {
      let table = tables[lockedCount]
      do {
        let statement = "FLUSH TABLES \(table.name) WITH READ LOCK;"
        try table.session.ask(statement, deadline)
        lockedCount += 1
      } catch {
        if ContinuousClock.now >= deadline {
          throw QuiesceError("a transaction that uses \(table.name) didn't end in time")
        }
        // Who uses it may wait for one of those that we have: the next time it comes first.
        for locked in tables[..<lockedCount].reversed() {
          try locked.session.ask("UNLOCK TABLES;", deadline)
        }
        tables.remove(at: lockedCount).session.close()
        tables.insert(Table(name: table.name, session: try connect(deadline)), at: 0)
        lockedCount = 0
      }
    }
  }

  /// Lets all of them go.
  func close() {
    for table in tables { table.session.close() }
    tables = []
    lockedCount = 0
  }
}
