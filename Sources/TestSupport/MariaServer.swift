import Foundation
package import Machine

/// A MariaDB server of the distribution's, on a data folder of the test's, by socket only.
package final class MariaServer {
  package static let user = ServerUser("mysql")

  package let data: FilePath
  private let notes: FilePath
  private let options: [String]
  private var server: RunningProgram?
  private var load: [RunningProgram] = []

  /// A server that isn't started yet.
  ///
  /// - Parameters:
  ///   - data: Its folder.
  ///   - folder: For its socket and its log.
  ///   - options: What it is told besides.
  /// - Throws: ``CommandError``.
  package init(_ data: FilePath, notesIn folder: FilePath, options: [String] = []) throws {
    self.data = data
    self.options = options
    notes = folder.appending("maria-\(UUID().uuidString.prefix(8))")
    try Self.user.makeFolder(notes)
  }

  deinit { kill() }

  package var socket: FilePath { notes.appending("socket") }

  private func path(of tool: String) throws -> FilePath {
    guard let path = findTool(tool) else { throw ServerError("\(tool) isn't installed") }
    return path
  }

  /// Makes an installation whose root is known by the socket.
  package func create() throws {
    try Self.user.succeed(
      try path(of: "mariadb-install-db"),
      ["--no-defaults", "--datadir=\(data)", "--skip-test-db"] + options
    )
  }

  package func start() throws {
    let server = try Self.user.start(
      try path(of: "mariadbd"),
      [
        "--no-defaults", "--datadir=\(data)", "--socket=\(socket)", "--skip-networking",
        "--log-error=\(notes.appending("log"))", "--pid-file=\(notes.appending("pid"))",
        "--myisam-recover-options=OFF", "--aria-recover-options=OFF",
      ] + options
    )
    self.server = server
    guard server.becomesReady({ (try? sql("select 1")) != nil }) else {
      kill()
      throw ServerError("MariaDB didn't start: \(log)")
    }
  }

  /// The end of what it has to say.
  package var log: String {
    let bytes = (try? LocalFiles.read(notes.appending("log"))) ?? []
    return String(decoding: bytes.suffix(3000), as: UTF8.self)
  }

  /// As root, whom the server knows by the socket.
  @discardableResult
  package func sql(_ text: String) throws -> String {
    try Program(try path(of: "mariadb")).succeed(
      arguments: ["--no-defaults", "--socket=\(socket)", "-BNe", text]
    )
  }

  /// Ends it as a crash would.
  package func kill() {
    for client in load { Foundation.kill(client.processID, SIGKILL) }
    if let server { Foundation.kill(server.processID, SIGKILL) }
    for client in load { _ = client.wait() }
    _ = server?.wait()
    (load, server) = ([], nil)
  }

  // MARK: transactions over several engines

  private static let engines = ["innodb", "aria", "myisam"]

  /// Has clients write a row into a table of each engine, one transaction after the other.
  package func startLoad(clients: Int = 4) throws {
    let tables = Self.engines.map {
      "create table bank.\($0) (client int, n int, filler blob, primary key (client, n)) engine=\($0);"
    }
    try sql("create database bank; " + tables.joined(separator: " "))
    for client in 1...clients {
      load.append(
        try Program("/usr/bin/python3").start(
          ["-c", Self.script, "\(client)"]
            + [try path(of: "mariadb").string, socket.string]
        )
      )
    }
    guard load[0].becomesReady({ (try? count()) ?? 0 > 0 }) else {
      throw ServerError("nobody writes: \(log)")
    }
  }

  private func count() throws -> Int {
    Int(try sql("select count(*) from bank.innodb").split(whereSeparator: \.isNewline).first ?? "")
      ?? 0
  }

  /// Whether the clients still write.
  package func isBusy() throws -> Bool {
    let before = try count()
    _ = StopSignal().wait(for: .milliseconds(500))
    return try load.allSatisfy(\.isRunning) && before != count()
  }

  /// What is wrong in a copy of a busy server's folder, found out by starting it.
  package func violations() throws -> [String] {
    do {
      try start()
    } catch {
      return ["\(error)"]
    }
    defer { kill() }
    var found: [String] = []
    let checks = try sql(Self.engines.map { "check table bank.\($0);" }.joined(separator: " "))
    found += checks.split(whereSeparator: \.isNewline).map(String.init)
      .filter { !$0.hasSuffix("\tOK") }
    let contents = try Self.engines.map {
      try sql("select client, count(*), max(n) from bank.\($0) group by client")
    }
    if Set(contents).count != 1 { found.append("the engines differ: \(contents)") }
    if log.contains("marked as crashed") || log.contains("repair") { found.append(log) }
    return found
  }

  /// A client that speaks to the server through its own program, statement by statement.
  private static let script = """
    import signal, subprocess, sys
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    client, program, socket = sys.argv[1:]
    words = [program, "--no-defaults", "--socket=" + socket, "-BN", "--unbuffered", "bank"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as server:
        number = 0
        while True:
            number += 1
            rows = "".join(f"insert into {table} values ({client}, {number}, repeat('x', 300));\\n"
                           for table in ("innodb", "aria", "myisam"))
            server.stdin.write(f"begin;\\n{rows}commit;\\n".encode())
            server.stdin.flush()
    """
}
