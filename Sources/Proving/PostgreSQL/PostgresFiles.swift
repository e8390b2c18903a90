import Machine

/// Which files of PostgreSQL's data are copied.
enum PostgresFiles {
  /// What belongs to a server that runs, has it do something outside, or is made anew.
  static func leavesOut(_ path: FilePath) -> Bool {
    let names = [
      "postmaster.pid", "postmaster.opts", "postgresql.auto.conf", "standby.signal",
      "recovery.signal", "recovery.conf", "tablespace_map", "log", "pg_log",
    ]
    if path.components.count == 1 { return names.contains(path.string) }
    return path.starts(with: "pg_dynshmem") || path.starts(with: "pg_stat_tmp")
      || path.lastComponent?.string == "pg_internal.init"
  }

  /// Links to what is part of the data wherever it lies.
  static func follows(_ path: FilePath) -> Bool {
    path == "pg_wal" || path.components.count == 2 && path.starts(with: "pg_tblspc")
  }
}
