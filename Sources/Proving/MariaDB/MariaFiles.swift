import Machine

/// Which files of MariaDB's data are copied.
enum MariaFiles {
  /// What belongs to a server that runs, or would have it do something outside.
  static func leavesOut(_ path: FilePath) -> Bool {
    guard path.components.count == 1 else { return false }
    let name = path.string
    return name == "auto.cnf" || [".pid", ".sock", ".err"].contains { name.hasSuffix($0) }
      || ["ib_buffer_pool", "ddl_recovery-backup.log"].contains(name)
  }
}
