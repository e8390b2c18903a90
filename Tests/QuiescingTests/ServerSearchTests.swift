import Foundation
import Machine
import Quiescing
import TestSupport
import Testing

/// Who is taken for a database server, and what it gets of us.
@Suite(.serialized, .requires(tool: "python3"))
struct `Looking for database servers` {
  /// Runs a program that is called as a server is, listens, and works in a folder of the source.
  private func serving(
    as name: String,
    in ledger: Ledger,
    _ body: (_ folder: FilePath, _ process: ProcessID) throws -> Void
  ) throws {
    let folder = ledger.source.appending("data")
    try makeDirectories(folder)
    let tool = ledger.notes.appending(name)
    try FileManager.default.createSymbolicLink(
      atPath: tool.string,
      withDestinationPath: "/usr/bin/python3"
    )
    let ready = ledger.notes.appending("ready").string
    let script = """
      import socket, sys, time
      with socket.socket(socket.AF_UNIX) as server:
          server.bind(sys.argv[1])
          server.listen()
          open(sys.argv[2], "w").close()
          time.sleep(1000)
      """
    var program = Program(tool)
    program.workingDirectory = folder
    let socket = ledger.notes.appending("socket").string
    let server = try program.start(["-c", script, socket, ready])
    defer {
      kill(server.processID, SIGKILL)
      _ = server.wait()
    }
    while !FileManager.default.fileExists(atPath: ready), server.isRunning { usleep(1000) }
    try body(folder, server.processID)
  }

  private func own(_ paths: [FilePath], by user: UInt32) {
    for path in paths { #expect(chown(path.string, user, user) == 0) }
  }

  @Test(.requiresRoot) func `takes for PostgreSQL only what is all of one user`() throws {
    try Ledger.with { ledger in
      try serving(as: "postgres", in: ledger) { folder, process in
        for name in ["pg_wal", "pg_tblspc"] { try makeDirectories(folder.appending(name)) }
        let note = folder.appending("postmaster.pid")
        let text = "\(process)\n\(folder)\n0\n5432\n\(ledger.notes)\n\n 1 2\nready\n"
        try LocalFiles.replace(note, with: Array(text.utf8))
        #expect(ledger.search.find().online.map(\.application.path) == [folder])
        for paths in [[note], [folder], [note, folder]] {
          own(paths, by: 65534)
          #expect(ledger.search.find().online.isEmpty, "\(paths)")
          own(paths, by: 0)
        }
        // Whose files needn't be of one instant: nobody else's.
        let elsewhere = ledger.source.appending("elsewhere")
        try makeDirectories(elsewhere)
        try FileManager.default.createSymbolicLink(
          atPath: folder.appending("pg_tblspc/1").string,
          withDestinationPath: elsewhere.string
        )
        #expect(ledger.search.find().online.map(\.folders) == [[folder, elsewhere]])
        own([elsewhere], by: 65534)
        let found = ledger.search.find()
        #expect(found.online.isEmpty)
        #expect(found.quiescers.first?.refusal?.contains("belongs to somebody else") == true)
      }
    }
  }

  @Test func `waits for nobody when a pipe is where PostgreSQL notes its process`() throws {
    try Ledger.with { ledger in
      try serving(as: "postgres", in: ledger) { folder, _ in
        let pipe = folder.appending("postmaster.pid").string
        #expect(mkfifo(pipe, 0o600) == 0)
        // Who waits for somebody to write gets him in the end.
        let script = "import sys, time; time.sleep(30); open(sys.argv[1], 'r+b', buffering=0)"
        let writer = try Program("/usr/bin/python3").start(["-c", script, pipe])
        defer {
          kill(writer.processID, SIGKILL)
          _ = writer.wait()
        }
        let length = ContinuousClock().measure { _ = ledger.search.find() }
        #expect(length < .seconds(20))
      }
    }
  }

  @Test(.requiresRoot)
  func `takes for MariaDB only who works in a data folder of its own`() throws {
    try Ledger.with { ledger in
      try serving(as: "mariadbd", in: ledger) { folder, _ in
        #expect(ledger.find().isEmpty)
        try LocalFiles.replace(folder.appending("ibdata1"), with: [1])
        #expect(ledger.find().map { $0.refusal == nil } == [true])
        own([folder], by: 65534)
        #expect(ledger.find().first?.refusal == "its folder belongs to somebody else")
      }
    }
  }

  @Test(.requiresRoot, .requires(tool: "setpriv"))
  func `gives PostgreSQL's user nothing of our environment`() throws {
    let server = try #require(
      PostgreSQLServer(
        parsing: "1\n/data\n0\n5432\n/run\n\n 1 2\nready\n",
        folder: "/data",
        userID: 65534,
        groupID: 65534
      )
    )
    let client = server.client("-w")
    #expect(client.arguments.contains("psql"))
    let words: [String] = [client.tool] + client.arguments.prefix { $0 != "psql" }
    var program = Program("/usr/bin/env")
    program.environment = ["RESTIC_PASSWORD": "very-secret-word"]
    let environment = try program.succeed(arguments: words + ["env"])
    #expect(environment.contains("PATH="))
    #expect(!environment.contains("very-secret-word"))
    // The program that becomes another user has none either: its environment can be seen then.
    let others = words.map { $0 == "setpriv" ? "env" : $0 }
      .prefix { $0 != "--reuid" }
    #expect(try !program.succeed(arguments: Array(others)).contains("very-secret-word"))
  }
}
