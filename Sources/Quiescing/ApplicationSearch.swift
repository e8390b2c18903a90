package import Machine

/// Looks for the applications that can be held; one for each try to reach an instant.
package final class ApplicationSearch {
  private let table: ProcessTable?
  private var sqlite: SQLiteSearch?

  /// Looks at nothing yet.
  ///
  /// - Parameter scope: What is backed up.
  package init(in scope: ApplicationScope) {
    // Without /proc nobody can be seen.
    table = try? ProcessTable()
    sqlite = table.map { SQLiteSearch(scope, $0) }
  }

  /// Those that there are now, also the ones that can't be held: a line for each kind.
  package func find() -> [any Quiescer] {
    var processes: [ProcessID] = []
    table?.listProcesses(into: &processes)
    return sqlite?.find(among: processes) ?? []
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
