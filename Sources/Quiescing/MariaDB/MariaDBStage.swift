import Machine
import Synchronization

/// A MariaDB server whose commits and writes wait: `BACKUP STAGE BLOCK_COMMIT`; a MySQL server with a
/// global read lock.
///
/// Sources: MariaDB's manual, "BACKUP STAGE"; MySQL's, "FLUSH TABLES WITH READ LOCK".
final class MariaDBStage: Quiescer {
  private struct Connection {
    let session: MariaDBSession
    /// Nil for MySQL.
    let tables: MariaDBTables?
  }

  let application: Application
  private let server: MariaDBServer
  private let optionFile: FilePath?
  /// Whether what lies in a folder is in the backup.
  private let isSource: @Sendable (FilePath) -> Bool
  private let connection = Mutex<Connection?>(nil)

  init(
    _ server: MariaDBServer,
    _ application: Application,
    optionFile: FilePath?,
    isSource: @escaping @Sendable (FilePath) -> Bool
  ) {
    self.isSource = isSource
    self.server = server
    self.application = application
    self.optionFile = optionFile
  }

  /// What was changed and lies in memory may be much.
  private static let prepareMax = Duration.seconds(60)

  /// The server must run to be told that it may go on.
  var releasesInPause: Bool { false }

  private func connect(
    until deadline: ContinuousClock.Instant
  ) throws(CommandError) -> MariaDBSession {
    let session = try MariaDBSession(server, optionFile: optionFile)
    // Whoever waits for a lock makes others wait.
    try session.ask("SET SESSION lock_wait_timeout = 1;", deadline)
    return session
  }

  /// Makes sure that logs and InnoDB's files that lie elsewhere are in the backup too.
  private func checkFolders(
    _ session: MariaDBSession,
    _ deadline: ContinuousClock.Instant
  ) throws {
    let question = """
      SELECT @@innodb_log_group_home_dir, @@innodb_data_home_dir, @@innodb_undo_directory;
      """
    let answer = try session.ask(question, deadline).first ?? ""
    for text in answer.split(separator: "\t") where text != "NULL" {
      let folder = server.folder.pushing(FilePath(String(text))).lexicallyNormalized()
      if !isSource(folder) { throw QuiesceError("its folder \(folder) is not in the backup") }
    }
  }

  func prepare() throws {
    let deadline = ContinuousClock.now.advanced(by: Self.prepareMax)
    let session = try connect(until: deadline)
    try checkFolders(session, deadline)
    let isMariaDB = try session.ask("SELECT VERSION();", deadline).first?.contains("MariaDB")
    guard isMariaDB == true else {
      try session.ask("FLUSH TABLES;", deadline)
      return connection.withLock { $0 = Connection(session: session, tables: nil) }
    }
    let tables = try MariaDBTables(session, deadline) { [self] in try connect(until: $0) }
    // What lies in memory is written out once without keeping anybody from going on.
    try session.ask("BACKUP STAGE START; BACKUP STAGE FLUSH; BACKUP STAGE END;", deadline)
    try session.ask("BACKUP STAGE START;", deadline)
    connection.withLock { $0 = Connection(session: session, tables: tables) }
  }

  func hold(until deadline: ContinuousClock.Instant) throws {
    do {
      try connection.withLock { connection in
        guard let connection else { throw QuiesceError("it isn't connected") }
        guard try ProcessIdentity(number: server.process) != nil else { throw ApplicationGone() }
        let session = connection.session
        if let tables = connection.tables {
          try tables.lock(until: deadline)
          try session.ask("BACKUP STAGE BLOCK_DDL; BACKUP STAGE BLOCK_COMMIT;", deadline)
        } else {
          try session.ask("FLUSH TABLES WITH READ LOCK;", deadline)
        }
      }
    } catch {
      // Who only waits for a lock makes others wait.
      release()
      throw error
    }
  }

  func confirm() throws {
    try connection.withLock { connection in
      // A session that ended holds nothing.
      _ = try connection?.session.ask("DO 0;", .now.advanced(by: .seconds(2)))
    }
  }

  func release() {
    connection.withLock { connection in
      connection?.session.close()
      connection?.tables?.close()
      connection = nil
    }
  }
}
