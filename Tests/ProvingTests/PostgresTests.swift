import Foundation
import Machine
import Proving
import TestSupport
import Testing

/// A PostgreSQL installation in a folder of a workshop, run by the user that Debian makes for it.
struct PostgresServer {
  static let tools = TestSupport.PostgresServer.tools
  static let user = TestSupport.PostgresServer.user

  let data: FilePath
  let sockets: FilePath

  /// Makes an installation whose first role is called `boss`.
  static func make(in workshop: Workshop, _ options: String...) throws -> PostgresServer {
    let server = PostgresServer(
      data: workshop.folder.appending("pg"),
      sockets: workshop.folder.appending("sockets")
    )
    for path in [server.data, server.sockets] {
      try LocalFiles.makeDirectory(path)
      try user.own(path)
    }
    try server.run(
      "initdb",
      ["-D", server.data.string, "-U", "boss", "--no-sync", "--no-instructions"] + options
    )
    return server
  }

  @discardableResult
  func run(_ tool: String, _ arguments: [String]) throws -> String {
    try Self.user.succeed(#require(Self.tools).appending(tool), arguments)
  }

  /// Runs the server while `body` uses it, and stops it in peace, or at once as after a crash.
  func serving(stopped: Bool, _ body: () throws -> Void) throws {
    let running = try Self.user.start(
      #require(Self.tools).appending("postgres"),
      [
        "-D", data.string, "-c", "listen_addresses=", "-c", "fsync=off", "-c",
        "unix_socket_directories=\(sockets)",
      ]
    )
    try releasing {
      try #require(running.becomesReady { (try? sql("select 1")) != nil })
      try body()
    } release: {
      kill(running.processID, stopped ? SIGINT : SIGQUIT)
      _ = running.wait()
    }
  }

  @discardableResult
  func sql(_ text: String) throws -> String {
    try run("psql", ["-h", sockets.string, "-U", "boss", "-d", "postgres", "-Atqc", text])
  }

  /// Makes a table of 20 000 rows; the path of its file below the data.
  func makeTable() throws -> String {
    try sql("create table t as select n, 'text ' || n as t from generate_series(1, 20000) n")
    try sql("create index i on t (n)")
    let path = try sql("select pg_relation_filepath('t')")
    return String(path.prefix { $0 != "\n" })
  }

  func overwritePage(of file: String) throws {
    let path = data.appending(file)
    let opened = try Descriptor.open(path, 2)
    let noise = (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 13) }
    try noise.withUnsafeBytes { try write($0, to: opened.raw, at: 3 * 8192, subject: path) }
  }
}

@Suite(.enabled("needs a PostgreSQL server") { PostgresServer.tools != nil }, .serialized)
struct `Proving PostgreSQL` {
  private static let path: FilePath = "/pg"

  @Test func `one that was stopped is whole`() throws {
    try Workshop.with { workshop in
      let server = try PostgresServer.make(in: workshop, "--data-checksums")
      try server.serving(stopped: true) { _ = try server.makeTable() }
      #expect(try workshop.prove() == [Verdict(.postgresql, Self.path, .whole())])
    }
  }

  @Test func `one that was killed recovers, with a tablespace of its own`() throws {
    try Workshop.with { workshop in
      let server = try PostgresServer.make(in: workshop)
      let space = workshop.folder.appending("space")
      try LocalFiles.makeDirectory(space)
      try PostgresServer.user.own(space)
      try server.serving(stopped: false) {
        _ = try server.makeTable()
        // In the tree it stands at another path.
        try server.sql("create tablespace space location '\(space)'")
        try server.sql("alter table t set tablespace space")
        try server.sql("checkpoint")
        try server.sql("update t set t = 'after the checkpoint'")
      }
      let links = server.data.appending("pg_tblspc")
      let link = try #require(try LocalFiles.names(in: links).first)
      let place = links.pushing(FilePath(bytes: link.bytes))
      try LocalFiles.remove(place)
      let directory = try openDirectory(links)
      try makeSymbolicLink(
        in: directory.raw,
        link,
        to: FileName("/space"),
        subject: place
      )
      let control = server.data.appending("global/pg_control")
      let before = try LocalFiles.read(control)
      let message = "the write-ahead log was replayed"
      #expect(
        try workshop.prove() == [Verdict(.postgresql, Self.path, .recovered(message))]
      )
      // Nothing was started where it lies.
      #expect(try LocalFiles.read(control) == before)
    }
  }

  @Test(arguments: [[], ["--data-checksums"]])
  func `an overwritten page of a table is named`(options: [String]) throws {
    try Workshop.with { workshop in
      let server =
        options.isEmpty
        ? try PostgresServer.make(in: workshop)
        : try PostgresServer.make(in: workshop, options[0])
      var file = ""
      try server.serving(stopped: true) { file = try server.makeTable() }
      try server.overwritePage(of: file)
      let verdicts = try workshop.prove()
      #expect(verdicts.map(\.outcome) == [.damaged], "\(verdicts)")
      let message = verdicts.first?.message ?? ""
      #expect(message.contains("postgres.public.t") && message.contains(file), "\(message)")
    }
  }

  @Test func `an overwritten page of a catalogue is damage too`() throws {
    try Workshop.with { workshop in
      let server = try PostgresServer.make(in: workshop)
      var file = ""
      try server.serving(stopped: true) {
        let path = try server.sql("select pg_relation_filepath('pg_class')")
        file = String(path.prefix { $0 != "\n" })
      }
      try server.overwritePage(of: file)
      let verdicts = try workshop.prove()
      #expect(verdicts.map(\.outcome) == [.damaged], "\(verdicts)")
      #expect(verdicts.first?.message.contains(file) == true, "\(verdicts)")
    }
  }

  @Test func `one without its log is damaged`() throws {
    try Workshop.with { workshop in
      let server = try PostgresServer.make(in: workshop)
      try server.serving(stopped: false) { _ = try server.makeTable() }
      let log = server.data.appending("pg_wal")
      for name in try LocalFiles.names(in: log) where name.bytes.count == 24 {
        try LocalFiles.remove(log.pushing(FilePath(bytes: name.bytes)))
      }
      let verdicts = try workshop.prove()
      #expect(verdicts.map(\.outcome) == [.damaged], "\(verdicts)")
      #expect(verdicts.first?.message.contains("checkpoint record") == true, "\(verdicts)")
    }
  }

  @Test func `a version that isn't installed, and a missing tablespace, are named`() throws {
    try Workshop.with { workshop in
      let server = try PostgresServer.make(in: workshop)
      let links = try openDirectory(server.data.appending("pg_tblspc"))
      try makeSymbolicLink(
        in: links.raw,
        FileName("16400"),
        to: FileName("/elsewhere"),
        subject: ""
      )
      let missing = try workshop.prove()
      let reason = "/elsewhere, which is part of it, is missing here"
      #expect(missing == [Verdict(.postgresql, Self.path, .untried(reason))])
      try writeWholeFile(Array("11\n".utf8), to: server.data.appending("PG_VERSION"))
      let old = try workshop.prove()
      #expect(
        old == [Verdict(.postgresql, Self.path, .untried("PostgreSQL 11 is not installed here"))]
      )
    }
  }
}
