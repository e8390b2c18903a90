import Machine

/// The programs of one major version of PostgreSQL.
///
/// All of them begin in the scratch folder: what they are given is named from there, so that the
/// folder's own name, which may be any bytes, and long, stands nowhere.
struct PostgresPrograms {
  /// With the socket; libpq wants a path that begins with a slash.
  private static let sockets = "/proc/self/cwd/\(ServerCopy.run)"
  /// The names of what ``PostgresSettings`` writes.
  static let settings = "postgresql.conf"
  static let access = "access.conf"
  static let names = "names.conf"

  /// Of the programs.
  let folder: FilePath

  /// Finds the programs of a version; nil when it isn't installed.
  ///
  /// - Parameters:
  ///   - version: As in `PG_VERSION`.
  ///   - exists: Whether there is such a file.
  init?(version: String, exists: (FilePath) -> Bool = PostgresPrograms.isThere) {
    // Debian's, that of PostgreSQL's own packages for others, and what people build.
    let places = ["/usr/lib/postgresql/\(version)/bin", "/usr/pgsql-\(version)/bin"]
    let found = places.map { FilePath($0) }.first { exists($0.appending("postgres")) }
    guard let found else { return nil }
    folder = found
  }

  static func isThere(_ path: FilePath) -> Bool {
    (try? fileMetadata(of: path, followingLinks: true)) != nil
  }

  /// Whether a program is there: not all packages have all of them.
  func has(_ name: String) -> Bool { Self.isThere(folder.appending(name)) }

  private func command(_ name: String, _ arguments: String...) -> Command {
    Command(folder.appending(name).string, arguments: arguments)
  }

  var controlData: Command { command("pg_controldata", "-D", ServerCopy.data) }

  /// Recovers, then answers one statement a line.
  var single: Command {
    var command = command("postgres", "--single")
    command.arguments += serverArguments + ["template1"]
    return command
  }

  var server: Command {
    var command = command("postgres")
    command.arguments += serverArguments
    return command
  }

  private var serverArguments: [String] {
    let files = [
      ("config_file", Self.settings), ("hba_file", Self.access), ("ident_file", Self.names),
    ]
    return ["-D", ServerCopy.data] + files.flatMap { ["-c", "\($0.0)=\($0.1)"] }
  }

  var isReady: Command { command("pg_isready", "-q", "-h", Self.sockets, "-d", "template1") }

  func amcheck(as user: String) -> Command {
    command(
      "pg_amcheck",
      "--all",
      "--install-missing",
      "--no-password",
      "-h",
      Self.sockets,
      "-U",
      user
    )
  }

  var checksums: Command { command("pg_checksums", "--check", "-D", ServerCopy.data) }
}
