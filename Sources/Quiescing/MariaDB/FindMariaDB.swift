import Machine
import Planning

/// The MariaDB and MySQL servers whose data folders are in the sources.
func findMariaDB(
  in scope: ApplicationScope,
  _ table: ProcessTable,
  _ processes: [ProcessID],
  _ optionFile: FilePath?
) -> [any Quiescer] {
  processes.compactMap { process -> (any Quiescer)? in
    guard let name = table.status(of: process)?.name, ["mariadbd", "mysqld"].contains(name),
      let (folder, metadata) = table.serverFolder(of: process),
      let piece = scope.piece(of: folder.appending("ibdata1"), size: 0), isDataFolder(folder)
    else { return nil }
    let application = Application(kind: name == "mysqld" ? "MySQL" : "MariaDB", path: folder)
    if case .live(let reason) = piece.coverage {
      return UnheldApplication(application, reason: "it is read live: \(reason)")
    }
    // Anybody can give a process any name, and we would tell it who we are.
    guard user(of: process) == metadata.userID else {
      return UnheldApplication(application, reason: "its folder belongs to somebody else")
    }
    guard let socket = socket(of: process, table) else {
      return UnheldApplication(application, reason: "it listens on no socket that is seen here")
    }
    let server = MariaDBServer(folder: folder, process: process, socket: socket, program: name)
    return MariaDBStage(server, application, optionFile: optionFile) { path in
      scope.piece(below: path) != nil
    }
  }
}

/// Whether a server keeps its data there: InnoDB's or, where that lies elsewhere, Aria's.
private func isDataFolder(_ folder: FilePath) -> Bool {
  ["ibdata1", "aria_log_control"].contains { name in
    (try? fileMetadata(of: folder.appending(name)))?.type == .regular
  }
}

private func socket(of process: ProcessID, _ table: ProcessTable) -> FilePath? {
  var numbers: [ProcessID] = []
  table.listNumbers(in: ProcessPath(process, "fd"), into: &numbers)
  let inodes = numbers.compactMap { number -> UInt64? in
    guard let shown = table.pathShown(by: ProcessPath(process, "fd", number))?.string,
      shown.hasPrefix("socket:["), shown.hasSuffix("]")
    else { return nil }
    return UInt64(shown.dropFirst(8).dropLast())
  }
  let text = table.contents(of: ProcessPath(process, "net/unix")) ?? []
  // The other one speaks the X protocol.
  return listeningSockets(in: String(decoding: text, as: UTF8.self), among: Set(inodes))
    .first { $0.lastComponent?.string.hasPrefix("mysqlx") == false }
}
