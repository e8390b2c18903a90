/// What `pg_controldata` says of a data directory.
struct PostgresControl: Hashable {
  private var values: [Substring: String] = [:]

  /// Reads lines of a name, a colon and a value; others are passed over.
  init(parsing output: String) {
    for line in output.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop(while: \.isWhitespace)
      values[line[..<colon]] = String(value)
    }
  }

  /// Whether the server that wrote it was stopped in peace.
  var isShutDown: Bool { values["Database cluster state"]?.hasPrefix("shut down") ?? false }

  var hasChecksums: Bool { Int(values["Data page checksum version"] ?? "") ?? 0 > 0 }

  /// A setting that the write-ahead log was written with, which may not be lower to replay it.
  func setting(_ name: String) -> Int { Int(values["\(name) setting"] ?? "") ?? 0 }
}

/// What a copied server is started with: nothing of the original's settings, nothing that reaches
/// outside, and no less than replaying its write-ahead log needs.
struct PostgresSettings {
  let control: PostgresControl
  /// Before the first point of the version.
  let majorVersion: Int

  /// The content of `postgresql.conf`.
  var text: String {
    var lines = [
      "listen_addresses = ''",
      // From its data directory, where it is by then.
      "unix_socket_directories = '../\(ServerCopy.run)'",
      "port = 5432",
      "logging_collector = off",
      "log_destination = 'stderr'",
      "log_line_prefix = ''",
      "log_min_messages = warning",
      "archive_mode = off",
      "autovacuum = off",
      "fsync = off",
      "full_page_writes = off",
      "huge_pages = off",
      "shared_buffers = '64MB'",
      "dynamic_shared_memory_type = mmap",
      "restart_after_crash = off",
      "max_logical_replication_workers = 0",
      "max_parallel_workers = 0",
      // Slots that are there want it.
      "wal_level = logical",
      "max_replication_slots = 256",
      "max_connections = \(max(20, control.setting("max_connections")))",
      "max_worker_processes = \(max(8, control.setting("max_worker_processes")))",
      "max_wal_senders = \(max(10, control.setting("max_wal_senders")))",
      "max_prepared_transactions = \(control.setting("max_prepared_xacts"))",
      "max_locks_per_transaction = \(max(64, control.setting("max_locks_per_xact")))",
    ]
    if majorVersion >= 17 { lines.append("event_triggers = off") }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The content of `pg_hba.conf`: nobody else gets to the socket.
  static let access = "local all all trust\n"
}
