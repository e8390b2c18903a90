package import Machine

/// Who can write to volumes at the moment, found out without touching anybody.
package struct WriterList: Hashable, Sendable {
  package struct Writer: Hashable, Sendable {
    package var process: ProcessID
    package var name: String
    package var threads: Int
    /// Why a pause would leave it running; nil when it would be held.
    package var reasonNotHeld: String?
  }

  package var writers: [Writer] = []
  /// How many processes may not be looked at: each may be a writer.
  package var hidden = 0
}

/// Looks who has a file open for writing, or mapped, on the volumes of `paths`.
///
/// - Parameter paths: One directory on each volume.
/// - Returns: The writers that may be seen, by their process numbers.
/// - Throws: ``SystemCallError`` when a path can't be opened, or there is no `/proc`.
package func listWriters(on paths: [FilePath]) throws -> WriterList {
  let table = try ProcessTable()
  var scan = WriterScan(table: table, volumes: try WatchedVolumes(paths, table: table))
  let neverPaused = NeverPaused(main: Host.processID, others: [], table: table)
  var list = WriterList()
  var processes: [ProcessID] = []
  var threads: [ProcessID] = []
  table.listProcesses(into: &processes)
  for process in processes where !neverPaused.areOurselves(process) {
    switch scan.examine(process) {
    case .harmless: continue
    case .hidden: list.hidden += 1
    case .writer(let isFileServer):
      let name = table.status(of: process)?.name ?? ""
      table.listThreads(of: process, into: &threads)
      list.writers.append(
        WriterList.Writer(
          process: process,
          name: name,
          threads: threads.count,
          reasonNotHeld: isFileServer
            ? "serves a file system" : neverPaused.reason(for: process, name: name)
        )
      )
    }
  }
  return list
}
