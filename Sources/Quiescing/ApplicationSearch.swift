package import Machine

/// Applications that were found in the sources.
package struct FoundApplications {
  /// Those that are held for the instant, or can't be.
  package var quiescers: [any Quiescer] = []
  /// Those that are backed up while they run, because their files are not of one instant.
  package var online: [any OnlineBackup] = []
}

/// Looks for the applications that can be held; one for each try to reach an instant.
package final class ApplicationSearch {
  private let table: ProcessTable?
  private let scope: ApplicationScope
  private let options: QuiesceOptions
  private var sqlite: SQLiteSearch?

  /// Looks at nothing yet.
  ///
  /// - Parameters:
  ///   - scope: What is backed up.
  ///   - options: How applications are held.
  package init(in scope: ApplicationScope, _ options: QuiesceOptions) {
    self.scope = scope
    self.options = options
    // Without /proc nobody can be seen.
    table = try? ProcessTable()
    sqlite = table.map { SQLiteSearch(scope, $0) }
  }

  /// Those that there are now, also the ones that can't be held: a line for each kind.
  package func find() -> FoundApplications {
    var found = FoundApplications()
    guard let table else { return found }
    var processes: [ProcessID] = []
    table.listProcesses(into: &processes)
    addPostgreSQL(to: &found, in: scope, table, processes, options)
    found.quiescers += findMariaDB(in: scope, table, processes, options.mySQLOptionFile)
    found.quiescers += sqlite?.find(among: processes) ?? []
    return found
  }

  /// Those that somebody began to use since ``find()``, and that nobody holds therefore.
  ///
  /// - Parameter processes: Who may have; nil for everybody.
  /// - Returns: Each as one that was not held.
  package func findLate(among processes: [ProcessID]? = nil) -> [ApplicationResult] {
    var all = processes ?? []
    if processes == nil { table?.listProcesses(into: &all) }
    let found = sqlite?.find(among: all) ?? []
    return found.map {
      ApplicationResult($0.application, notHeldBecause: "it was opened while others were held")
    }
  }
}
