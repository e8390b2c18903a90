package import Machine

/// A running PostgreSQL server, as its data folder describes it.
package struct PostgreSQLServer: Hashable, Sendable {
  package var folder: FilePath
  package var process: ProcessID
  package var port: Int
  /// Where its socket is; nil when it listens on addresses only.
  package var socketFolder: FilePath?
  /// Who owns the data folder and runs the server.
  package var userID: UInt32
  package var groupID: UInt32

  /// Reads a `postmaster.pid`: one line each for the process, the data folder, the time of the start,
  /// the port, the socket's folder, an address, a shared memory key, and how far it is.
  ///
  /// Source: PostgreSQL's `src/include/utils/pidfile.h`.
  ///
  /// - Returns: Nil when it isn't one, or of a server that is just starting or ending.
  package init?(parsing text: String, folder: FilePath, userID: UInt32, groupID: UInt32) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.trimmingPrefix(while: \.isWhitespace) }
    guard lines.count >= 8, let process = ProcessID(lines[0]), let port = Int(lines[3]),
      lines[7].hasPrefix("ready") || lines[7].hasPrefix("standby")
    else { return nil }
    self.folder = folder
    self.process = process
    self.port = port
    socketFolder = lines[4].isEmpty ? nil : FilePath(String(lines[4]))
    self.userID = userID
    self.groupID = groupID
  }

  /// The folders without which the data folder is nothing: the write-ahead log and tablespaces, where
  /// they lie elsewhere.
  ///
  /// - Throws: ``SystemCallError``.
  package func foldersElsewhere() throws(SystemCallError) -> [FilePath] {
    var found: [FilePath] = []
    let log = try realPath(folder.appending("pg_wal"))
    if !log.starts(with: folder) { found.append(log) }
    let spaces = folder.appending("pg_tblspc")
    for name in try LocalFiles.names(in: spaces) {
      found.append(try realPath(FilePath(bytes: spaces.bytes + [0x2f] + name.bytes)))
    }
    return found
  }

  /// The program that talks to it, as who owns it.
  ///
  /// Who owns it may look at the program's environment: nothing of ours is in it, which may hold
  /// passwords.
  package func client(_ arguments: String...) -> Command {
    let host = socketFolder?.string ?? "localhost"
    let words =
      ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", "\(port)"]
      + ["-d", "postgres"] + arguments
    guard isRoot, userID != 0 else { return Command("psql", arguments: Array(words.dropFirst())) }
    let path = String(decoding: environmentVariable("PATH") ?? [], as: UTF8.self)
    return Command(
      "env",
      arguments: [
        "-i", "LC_ALL=C", "PATH=\(path)", "setpriv", "--reuid", "\(userID)", "--regid",
        "\(groupID)", "--clear-groups", "--",
      ] + words
    )
  }
}
