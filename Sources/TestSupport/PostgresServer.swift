import Foundation
package import Machine

/// A PostgreSQL server of the distribution's, on a data folder of the test's, by socket only.
package final class PostgresServer {
  /// Where its programs are; nil when none is installed.
  package static let tools: FilePath? = {
    let versions = (try? LocalFiles.names(in: "/usr/lib/postgresql")) ?? []
    let numbers = versions.compactMap { Int($0.text) }.sorted()
    return numbers.last.map { FilePath("/usr/lib/postgresql/\($0)/bin") }
  }()

  package static let user = ServerUser("postgres")

  package let data: FilePath
  private let sockets: FilePath
  private var server: RunningProgram?
  private var load: RunningProgram?

  /// A server that isn't started yet.
  ///
  /// - Parameters:
  ///   - data: Its folder.
  ///   - folder: For its sockets and its log.
  /// - Throws: ``CommandError``.
  package init(_ data: FilePath, notesIn folder: FilePath) throws {
    self.data = data
    sockets = folder.appending("pg-\(UUID().uuidString.prefix(8))")
    try Self.user.makeFolder(sockets)
  }

  deinit { kill() }

  @discardableResult
  package func run(_ tool: String, _ arguments: [String]) throws -> String {
    try Self.user.succeed(try path(of: tool), arguments)
  }

  private func path(of tool: String) throws -> FilePath {
    guard let tools = Self.tools else { throw ServerError("PostgreSQL isn't installed") }
    return tools.appending(tool)
  }

  /// Makes an installation.
  ///
  /// - Parameter log: Where its write-ahead log lies; nil for inside.
  /// - Throws: ``ProgramFailed``.
  package func create(logIn log: FilePath? = nil) throws {
    let options = log.map { ["--waldir", $0.string] } ?? []
    try run(
      "initdb",
      ["-D", data.string, "-U", "postgres", "--no-instructions", "--data-checksums"] + options
    )
  }

  package func start() throws {
    let server = try Self.user.start(
      try path(of: "postgres"),
      [
        "-D", data.string, "-c", "listen_addresses=", "-c", "unix_socket_directories=\(sockets)",
        "-c", "logging_collector=on", "-c", "log_directory=\(sockets)", "-c", "log_filename=log",
      ]
    )
    self.server = server
    guard server.becomesReady({ (try? sql("select 1")) != nil }) else {
      kill()
      throw ServerError("PostgreSQL didn't start: \(log)")
    }
  }

  /// The end of what it has to say.
  package var log: String {
    let bytes = (try? LocalFiles.read(sockets.appending("log"))) ?? []
    return String(decoding: bytes.suffix(3000), as: UTF8.self)
  }

  package var processID: ProcessID? { server?.processID }

  @discardableResult
  package func sql(_ text: String) throws -> String {
    try run("psql", ["-h", sockets.string, "-d", "postgres", "-XAtqc", text])
  }

  /// Ends it in peace.
  package func stop() { end(with: SIGINT) }

  /// Ends it as a crash would.
  package func kill() { end(with: SIGQUIT) }

  private func end(with signal: CInt) {
    if let load { Foundation.kill(load.processID, SIGKILL) }
    if let server { Foundation.kill(server.processID, signal) }
    _ = load?.wait()
    _ = server?.wait()
    (load, server) = (nil, nil)
  }

  // MARK: pgbench

  private func pgbench(_ arguments: String...) -> [String] {
    ["-h", sockets.string, "-n"] + arguments + ["postgres"]
  }

  /// Has four clients of pgbench move money until it is stopped.
  package func startLoad() throws {
    try run("pgbench", pgbench("-i", "-s", "2", "-q"))
    load = try Self.user.start(try path(of: "pgbench"), pgbench("-c", "4", "-T", "36000"))
  }

  /// Whether the clients still move money.
  package func isBusy() throws -> Bool {
    let count = "select count(*) from pgbench_history"
    let before = try sql(count)
    _ = StopSignal().wait(for: .milliseconds(500))
    return try load?.isRunning == true && before != sql(count)
  }

  /// What is wrong in a copy of a busy server's folder, found out by starting it.
  package func violations() throws -> [String] {
    try? LocalFiles.remove(data.appending("postmaster.pid"))
    do {
      try start()
    } catch {
      return ["\(error)"]
    }
    defer { stop() }
    var found: [String] = []
    do {
      try run(
        "pg_amcheck",
        ["-h", sockets.string, "-d", "postgres", "--install-missing", "--heapallindexed"]
      )
    } catch {
      found.append("\(error)")
    }
    let sums =
      try sql(
        """
        select (select sum(abalance) from pgbench_accounts), \
        (select sum(bbalance) from pgbench_branches), (select sum(tbalance) from pgbench_tellers), \
        (select coalesce(sum(delta), 0) from pgbench_history)
        """
      ).split(whereSeparator: \.isNewline).first ?? ""
    if Set(sums.split(separator: "|")).count != 1 { found.append("the sums are \(sums)") }
    return found
  }
}

/// Why a server doesn't do what a test wants.
package struct ServerError: Error, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}
