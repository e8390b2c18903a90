import Machine

/// A PostgreSQL server of which all is of one instant: it writes out what it has before, so that a
/// restored copy has little to replay.
///
/// Nobody waits for it: the instant alone is what the server is made to survive. Source: PostgreSQL's
/// manual, "File System Level Backup".
final class PostgreSQLCheckpoint: Quiescer {
  let application: Application
  private let server: PostgreSQLServer
  private let runner: any CommandRunner

  init(_ server: PostgreSQLServer, _ runner: any CommandRunner = PostgreSQLCheckpoint.patient) {
    self.server = server
    self.runner = runner
    application = Application(kind: "PostgreSQL", path: server.folder)
  }

  /// A large server may have much to write out.
  private static var patient: SystemCommandRunner {
    var runner = SystemCommandRunner()
    runner.lengthMax = .seconds(300)
    return runner
  }

  var releasesInPause: Bool { true }

  func prepare() throws { try runner.run(server.client("-w", "-c", "CHECKPOINT")) }

  func hold(until deadline: ContinuousClock.Instant) throws {
    guard try ProcessIdentity(number: server.process) != nil else { throw ApplicationGone() }
  }

  func release() {}
}
