import Machine
import Synchronization

/// A MariaDB server whose commits and writes wait: `BACKUP STAGE BLOCK_COMMIT`; a MySQL server with a
/// global read lock.
///
/// The end of the session, also when we are killed, lets it go. Sources: MariaDB's manual, "BACKUP
/// STAGE"; MySQL's, "FLUSH TABLES WITH READ LOCK".
final class MariaDBStage: Quiescer {
  let application: Application
  private let server: MariaDBServer
  private let optionFile: FilePath?
  private let session = Mutex<(program: ConversingProgram, isMariaDB: Bool)?>(nil)

  init(_ server: MariaDBServer, _ application: Application, optionFile: FilePath?) {
    self.server = server
    self.application = application
    self.optionFile = optionFile
  }

  /// What was changed and lies in memory may be much.
  private static let prepareMax = Duration.seconds(60)
  private static let mark = "stillpoint-answered"

  /// The server must run to be told that it may go on.
  var releasesInPause: Bool { false }

  func prepare() throws {
    let program = try ConversingProgram(server.client(optionFile: optionFile))
    let deadline = ContinuousClock.now.advanced(by: Self.prepareMax)
    let version = try ask(program, "SELECT VERSION();", deadline).first ?? ""
    let isMariaDB = version.contains("MariaDB")
    session.withLock { $0 = (program, isMariaDB) }
    // Whoever waits for a lock longer than we do would get it when nobody wants it any more.
    _ = try ask(program, "SET SESSION lock_wait_timeout = 1;", deadline)
    // What lies in memory is written out once without keeping anybody from going on.
    let statements =
      isMariaDB
      ? "BACKUP STAGE START; BACKUP STAGE FLUSH; BACKUP STAGE END; BACKUP STAGE START;"
      : "FLUSH TABLES;"
    _ = try ask(program, statements, deadline)
  }

  /// How long transactions may go on that have written to tables of engines without any.
  private static let commitLength = Duration.milliseconds(20)

  func hold(until deadline: ContinuousClock.Instant) throws {
    guard let (program, isMariaDB) = session.withLock({ $0 }) else {
      throw QuiesceError("it isn't connected")
    }
    guard try ProcessIdentity(number: server.process) != nil else { throw ApplicationGone() }
    do {
      if isMariaDB {
        // From here on nobody begins to write to Aria's or MyISAM's tables; who has, commits.
        _ = try ask(program, "BACKUP STAGE FLUSH;", deadline)
        idle(for: Self.commitLength)
        _ = try ask(program, "BACKUP STAGE BLOCK_DDL; BACKUP STAGE BLOCK_COMMIT;", deadline)
      } else {
        _ = try ask(program, "FLUSH TABLES WITH READ LOCK;", deadline)
      }
    } catch {
      // Who only waits for a lock makes others wait.
      release()
      throw error
    }
  }

  func confirm() throws {
    guard let (program, _) = session.withLock({ $0 }) else { return }
    // A session that ended holds nothing.
    _ = try ask(program, "DO 0;", .now.advanced(by: .seconds(2)))
  }

  func release() {
    session.withLock { session in
      session?.program.finish()
      session = nil
    }
  }

  private func ask(
    _ program: ConversingProgram,
    _ statements: String,
    _ deadline: ContinuousClock.Instant
  ) throws(CommandError) -> [String] {
    try program.ask("\(statements)\nSELECT '\(Self.mark)';", until: Self.mark, deadline)
  }
}
