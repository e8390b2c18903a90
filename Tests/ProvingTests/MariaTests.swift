import Foundation
import Machine
import Proving
import TestSupport
import Testing

/// A MariaDB installation in a folder of a workshop, run by the user that Debian makes for it.
struct MariaServer {
  let folder: FilePath
  let data: FilePath
  private var socket: String { folder.appending("socket").string }

  static func make(in workshop: Workshop) throws -> MariaServer {
    let folder = workshop.folder.appending("maria")
    try LocalFiles.makeDirectory(folder)
    try TestSupport.MariaServer.user.own(folder)
    let server = MariaServer(folder: folder, data: folder.appending("data"))
    try server.program("mariadb-install-db").succeed(
      "--no-defaults",
      "--datadir=\(server.data)",
      "--skip-test-db",
      "--auth-root-authentication-method=normal"
    )
    return server
  }

  /// A program that its user runs.
  private func program(_ name: String) throws -> Prefixed {
    Prefixed(path: try #require(findTool(name)))
  }

  private struct Prefixed {
    let path: FilePath

    @discardableResult
    func succeed(_ arguments: String...) throws -> String {
      try TestSupport.MariaServer.user.succeed(path, arguments)
    }
  }

  /// Runs the server while `body` uses it; then it is stopped, or killed.
  func serving(stopped: Bool, _ body: () throws -> Void) throws {
    let server = try program("mariadbd")
    let running = try TestSupport.MariaServer.user.start(
      server.path,
      [
        "--no-defaults", "--datadir=\(data)", "--socket=\(socket)", "--skip-networking",
        "--skip-log-bin", "--skip-grant-tables", "--innodb-fast-shutdown=0",
      ]
    )
    try releasing {
      try #require(running.becomesReady { (try? sql("select 1")) != nil })
      try body()
      if stopped { try sql("shutdown") }
    } release: {
      let end = ContinuousClock.now + .seconds(stopped ? 30 : 0)
      while running.isRunning && ContinuousClock.now < end {
        _ = StopSignal().wait(for: .milliseconds(50))
      }
      if running.isRunning { kill(running.processID, SIGKILL) }
      _ = running.wait()
    }
  }

  func sql(_ text: String) throws {
    try program("mariadb").succeed("--no-defaults", "--socket=\(socket)", "-e", text)
  }

  /// Makes a database with a table of each kind, and 5000 rows in each.
  func makeTables() throws {
    try sql("create database shop")
    for engine in ["innodb", "aria", "myisam"] {
      try sql(
        """
        use shop; create table \(engine)_items(id int primary key, t varchar(200), key(t))
        engine=\(engine); insert into \(engine)_items
        select seq, repeat(seq, 20) from seq_1_to_5000
        """
      )
    }
  }

  func overwrite(_ file: String, at offset: UInt64, count: Int) throws {
    let path = data.appending(file)
    let opened = try Descriptor.open(path, 2)
    let noise = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 13) }
    try noise.withUnsafeBytes { try write($0, to: opened.raw, at: offset, subject: path) }
  }
}

@Suite(
  .requires(tool: "mariadbd"),
  .requires(tool: "mariadb-install-db"),
  .serialized
)
struct `Proving MariaDB` {
  private static let path: FilePath = "/maria/data"

  @Test func `one that was killed recovers`() throws {
    try Workshop.with { workshop in
      let server = try MariaServer.make(in: workshop)
      try server.serving(stopped: false) { try server.makeTables() }
      let verdicts = try workshop.prove()
      #expect(verdicts == [Verdict(.mariadb, Self.path, .recovered("the logs were replayed"))])
    }
  }

  @Test(arguments: [
    ("innodb_items.ibd", 16384 * 4, 16384 * 8), ("aria_items.MAD", 8192 * 3, 8192),
    ("myisam_items.MYI", 5120, 2048),
  ])
  func `an overwritten page of a table is named`(file: String, offset: Int, count: Int) throws {
    try Workshop.with { workshop in
      let server = try MariaServer.make(in: workshop)
      try server.serving(stopped: true) { try server.makeTables() }
      #expect(try workshop.prove().map(\.outcome) != [.damaged])
      try server.overwrite("shop/\(file)", at: UInt64(offset), count: count)
      let verdicts = try workshop.prove()
      #expect(verdicts.map(\.outcome) == [.damaged], "\(verdicts)")
      let table = file.prefix { $0 != "." }
      #expect(verdicts.first?.message.contains(table) == true, "\(verdicts)")
    }
  }

  @Test func `one that needs a newer server, and MySQL's, are named`() throws {
    try Workshop.with { workshop in
      let folder = workshop.folder.appending("maria")
      for name in ["maria", "maria/mysql"] {
        try LocalFiles.makeDirectory(workshop.folder.appending(name))
      }
      try writeWholeFile([0], to: folder.appending("ibdata1"))
      try writeWholeFile(
        Array("99.1.2-MariaDB".utf8),
        to: folder.appending("mysql_upgrade_info")
      )
      let newer = try workshop.prove()
      #expect(newer.map(\.outcome) == [.untried])
      #expect(newer.first?.message.hasPrefix("it was last used by MariaDB 99.1, here is") == true)
      try writeWholeFile([0], to: folder.appending("mysql.ibd"))
      #expect(
        try workshop.prove() == [Verdict(.mysql, "/maria", .untried("MySQL is not tried"))]
      )
    }
  }
}
