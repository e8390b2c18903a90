package import Machine

/// A running MariaDB or MySQL server.
package struct MariaDBServer: Hashable, Sendable {
  package var folder: FilePath
  package var process: ProcessID
  package var socket: FilePath
  /// `mariadbd` or `mysqld`.
  package var program: String

  /// The program that talks to it, and gives it no files of ours, whatever it asks for.
  ///
  /// - Parameter optionFile: With a name and a password; nil when the server knows us by the socket, or
  ///   by the client's usual option files.
  /// - Returns: The command; it takes statements from its input.
  package func client(optionFile: FilePath?) -> Command {
    // An option file must come first.
    let options = optionFile.map { ["--defaults-extra-file=\($0)"] } ?? []
    return Command(
      program == "mysqld" ? "mysql" : "mariadb",
      arguments: options + [
        "--protocol=socket", "--socket=\(socket)", "--batch", "--skip-column-names",
        "--unbuffered", "--skip-reconnect", "--skip-force", "--local-infile=0",
      ]
    )
  }
}

/// The sockets on which a process listens, of what `/proc/PID/net/unix` says.
///
///     Num       RefCount Protocol Flags    Type St Inode Path
///     0000000…: 00000002 00000000 00010000 0001 01 12345 /run/mysqld/mysqld.sock
///
/// - Parameters:
///   - text: The file.
///   - inodes: Of the sockets that the process has open.
/// - Returns: Their paths.
package func listeningSockets(in text: String, among inodes: Set<UInt64>) -> [FilePath] {
  text.split(separator: "\n").dropFirst().compactMap { line in
    let fields = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
    guard fields.count == 8, fields[3] == "00010000", let inode = UInt64(fields[6]),
      inodes.contains(inode), fields[7].hasPrefix("/")
    else { return nil }
    return FilePath(String(fields[7]))
  }
}
