import Machine
import Planning

/// The PostgreSQL servers whose data folders are in the sources.
///
/// - Returns: Servers, and how each can be backed up.
func findPostgreSQL(
  in scope: ApplicationScope,
  _ table: ProcessTable,
  _ processes: [ProcessID]
) -> [(server: PostgreSQLServer, way: PostgreSQLWay)] {
  processes.compactMap { process in
    guard table.status(of: process)?.name.hasPrefix("postgres") == true,
      let server = server(of: process, in: scope, table)
    else { return nil }
    return (server, way(server, scope))
  }
}

/// Adds the PostgreSQL servers whose data folders are in the sources.
func addPostgreSQL(
  to found: inout FoundApplications,
  in scope: ApplicationScope,
  _ table: ProcessTable,
  _ processes: [ProcessID],
  _ options: QuiesceOptions
) {
  for (server, way) in findPostgreSQL(in: scope, table, processes) {
    switch way {
    case .instant: found.quiescers.append(PostgreSQLCheckpoint(server))
    case .online where !options.usesBackupModes:
      let reason = "its files are not of one instant, and others don't know of its backup mode"
      found.quiescers.append(unheld(server, reason))
    case .online:
      do {
        found.online.append(try PostgreSQLBackup(server))
      } catch {
        found.quiescers.append(unheld(server, "\(error)"))
      }
    case .incomplete(let reason): found.quiescers.append(unheld(server, reason))
    }
  }
}

private func unheld(_ server: PostgreSQLServer, _ reason: String) -> UnheldApplication {
  UnheldApplication(Application(kind: "PostgreSQL", path: server.folder), reason: reason)
}

/// How a server is backed up.
enum PostgreSQLWay: Hashable {
  /// All of it is of one instant: as after a crash, and a crash it survives.
  case instant
  /// In its backup mode.
  case online
  /// Neither, for this reason.
  case incomplete(String)
}

/// The server whose first process this is; nil for its other processes, and where the process, the
/// data folder and its `postmaster.pid` are not of one user: anybody can give anything a name.
private func server(
  of process: ProcessID,
  in scope: ApplicationScope,
  _ table: ProcessTable
) -> PostgreSQLServer? {
  guard let (folder, metadata) = table.serverFolder(of: process), isSource(folder, scope),
    let bytes = startOfFile(folder.appending("postmaster.pid"), ownedBy: metadata.userID),
    user(of: process) == metadata.userID
  else { return nil }
  let server = PostgreSQLServer(
    parsing: String(decoding: bytes, as: UTF8.self),
    folder: folder,
    userID: metadata.userID,
    groupID: metadata.groupID
  )
  return server?.process == process ? server : nil
}

/// What a regular file begins with, which may be anything: it is somebody else's.
///
/// - Returns: Nil when it is none, or of another user.
private func startOfFile(_ path: FilePath, ownedBy userID: UInt32) -> [UInt8]? {
  guard let opened = try? SharedDescriptor(openForReading(path)),
    let metadata = try? fileMetadata(in: opened.raw, subject: path),
    metadata.type == .regular, metadata.userID == userID
  else { return nil }
  return try? readStart(of: opened.raw, 4096, subject: path)
}

private func isSource(_ folder: FilePath, _ scope: ApplicationScope) -> Bool {
  scope.piece(of: folder.appending("PG_VERSION"), size: 0) != nil
}

private func way(_ server: PostgreSQLServer, _ scope: ApplicationScope) -> PostgreSQLWay {
  let elsewhere: [FilePath]
  do {
    elsewhere = try server.foldersElsewhere()
  } catch {
    return .incomplete("\(error)")
  }
  if let folder = elsewhere.first(where: { (try? fileMetadata(of: $0))?.userID != server.userID }) {
    return .incomplete("its folder \(folder) belongs to somebody else")
  }
  var way = PostgreSQLWay.instant
  let own = ["base", "global", "pg_wal", "pg_xact"].map { server.folder.appending($0) }
  for folder in own.filter({ log in !elsewhere.contains { isLink(log, to: $0) } }) + elsewhere {
    guard let piece = scope.piece(below: folder) else {
      return .incomplete("its folder \(folder) is not in the backup")
    }
    // What is mounted inside is a piece of its own.
    let inside = scope.plan.pieces.filter { $0.path.starts(with: folder) }
    for piece in [piece] + inside {
      switch piece.coverage {
      case .frozen, .still: break
      case .held, .live: way = .online
      case .omitted(let reason):
        return .incomplete("its folder \(piece.path) is not read: \(reason)")
      }
    }
  }
  return way
}

private func isLink(_ path: FilePath, to folder: FilePath) -> Bool {
  (try? realPath(path)) == folder
}
