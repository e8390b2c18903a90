import Machine

/// The programs of MariaDB.
struct MariaPrograms {
  /// Where the server makes its socket, from the copy of its data, in which it is by then.
  private static let serverSocket = "../\(ServerCopy.run)/socket"
  /// The same for whoever is in the scratch folder.
  private static let socket = "\(ServerCopy.run)/socket"

  let serverPath: FilePath
  let adminPath: FilePath
  let checkPath: FilePath

  /// Finds the programs; nil when one isn't installed.
  ///
  /// - Parameter exists: Whether there is such a file.
  init?(exists: (FilePath) -> Bool = PostgresPrograms.isThere) {
    func find(_ name: String) -> FilePath? {
      ["/usr/sbin", "/usr/bin", "/usr/libexec", "/usr/local/sbin", "/usr/local/bin"]
        .map { FilePath($0).appending(name) }.first(where: exists)
    }
    guard let server = find("mariadbd"), let admin = find("mariadb-admin"),
      let check = find("mariadb-check")
    else { return nil }
    serverPath = server
    adminPath = admin
    checkPath = check
  }

  var version: Command { Command(serverPath.string, "--no-defaults", "--version") }

  /// Recovers and serves: no networks, no accounts, no replication, no events, no repairs.
  ///
  /// - Parameter folder: The scratch folder; MariaDB wants whole paths.
  /// - Returns: The command.
  func server(in folder: String) -> Command {
    Command(
      serverPath.string,
      "--no-defaults",
      "--datadir=\(folder)/\(ServerCopy.data)",
      "--tmpdir=\(folder)/\(ServerCopy.run)",
      "--socket=\(Self.serverSocket)",
      "--skip-networking",
      "--skip-grant-tables",
      "--skip-slave-start",
      "--skip-log-bin",
      "--event-scheduler=DISABLED",
      "--performance-schema=OFF",
      "--myisam-recover-options=OFF",
      "--aria-recover-options=OFF",
      "--innodb-buffer-pool-size=64M",
      "--innodb-buffer-pool-load-at-startup=OFF",
      "--innodb-buffer-pool-dump-at-shutdown=OFF",
      "--innodb-flush-log-at-trx-commit=0",
      "--innodb-fast-shutdown=2",
      "--innodb-use-native-aio=OFF"
    )
  }

  var ping: Command {
    Command(adminPath.string, "--no-defaults", "--socket=\(Self.socket)", "ping")
  }

  var check: Command {
    Command(
      checkPath.string,
      "--no-defaults",
      "--socket=\(Self.socket)",
      "--all-databases",
      "--check"
    )
  }
}
