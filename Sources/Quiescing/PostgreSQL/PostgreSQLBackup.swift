import Machine
import Synchronization

/// A PostgreSQL server in its backup mode: `pg_backup_start` and `pg_backup_stop` in one session,
/// whose end, also when we are killed, ends the backup mode.
///
/// A temporary replication slot keeps the write-ahead log until then. Source: PostgreSQL's manual,
/// "Making a Base Backup Using the Low Level API".
final class PostgreSQLBackup: OnlineBackup {
  let application: Application
  let folders: [FilePath]
  private let server: PostgreSQLServer
  private let session = Mutex<(program: ConversingProgram, version: Int)?>(nil)

  init(_ server: PostgreSQLServer) throws(SystemCallError) {
    self.server = server
    application = Application(kind: "PostgreSQL", path: server.folder)
    folders = [server.folder] + (try server.foldersElsewhere())
  }

  /// A checkpoint comes first; a large server may have much to write out.
  private static let beginMax = Duration.seconds(600)
  private static let askMax = Duration.seconds(60)
  private static let mark = "stillpoint-answered"

  func begin() throws {
    let program = try ConversingProgram(server.client("-w"))
    let version = try ask(program, "SHOW server_version_num;", Self.askMax)
    guard let number = version.first.flatMap({ Int($0) }) else {
      throw QuiesceError("it doesn't say its version")
    }
    // The server may not have noticed yet that the session of the last try has ended.
    let slot = "stillpoint_\(Host.processID)_\(UInt32.random(in: 0...UInt32.max))"
    let steps = [
      "SELECT 1 FROM pg_create_physical_replication_slot('\(slot)', true, true);",
      number >= 150_000
        ? "SELECT 1 FROM pg_backup_start('stillpoint', true);"
        : "SELECT 1 FROM pg_start_backup('stillpoint', true, false);",
    ]
    for step in steps { _ = try ask(program, step, Self.beginMax) }
    session.withLock { $0 = (program, number) }
  }

  func end() throws -> OnlineBackupEnd {
    guard let (program, version) = session.withLock({ $0 }) else {
      throw QuiesceError("its backup mode was not begun")
    }
    let function =
      version >= 150_000 ? "pg_backup_stop(false)" : "pg_stop_backup(false, false)"
    // In hexadecimal digits, since both are texts of several lines.
    let columns = ["labelfile", "spcmapfile"].map {
      "encode(convert_to(coalesce(\($0), ''), 'UTF8'), 'hex')"
    }
    let answer = try ask(
      program,
      "SELECT \(columns.joined(separator: ", ")) FROM \(function);",
      Self.askMax
    )
    let parts = answer.first?.split(separator: "|", omittingEmptySubsequences: false) ?? []
    guard parts.count == 2, let label = bytes(ofHex: parts[0]), let map = bytes(ofHex: parts[1]),
      !label.isEmpty
    else { throw QuiesceError("it doesn't tell the label of the backup") }
    var files = [(path: server.folder.appending("backup_label"), content: label)]
    if !map.isEmpty { files.append((server.folder.appending("tablespace_map"), map)) }
    return OnlineBackupEnd(
      files: files,
      userID: server.userID,
      groupID: server.groupID,
      // A standby says in the second where the backup ends.
      paths: [
        try realPath(server.folder.appending("pg_wal")),
        server.folder.appending("global/pg_control"),
      ]
    )
  }

  func close() {
    session.withLock { session in
      session?.program.finish()
      session = nil
    }
  }

  private func ask(
    _ program: ConversingProgram,
    _ statement: String,
    _ lengthMax: Duration
  ) throws(CommandError) -> [String] {
    try program.ask(
      "\(statement)\n\\echo \(Self.mark)",
      until: Self.mark,
      .now.advanced(by: lengthMax)
    )
  }

  private func bytes(ofHex text: Substring) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
