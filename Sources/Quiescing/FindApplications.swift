import Machine

/// Applications that were found in the sources.
package struct FoundApplications {
  /// Those that are held for the instant, or can't be.
  package var quiescers: [any Quiescer] = []
  /// Those that are backed up while they run, because their files are not of one instant.
  package var online: [any OnlineBackup] = []

  package init() {}
}

/// Looks for the applications that can be held: one line for each kind.
///
/// - Parameters:
///   - scope: What is backed up.
///   - options: How.
/// - Returns: One for each application that was found, also for those that can't be held.
package func findApplications(
  in scope: ApplicationScope,
  _ options: QuiesceOptions
) -> FoundApplications {
  var found = FoundApplications()
  // Without /proc nobody can be seen.
  guard let table = try? ProcessTable() else { return found }
  addPostgreSQL(to: &found, in: scope, table)
  found.quiescers += findMariaDB(in: scope, table, optionFile: options.mySQLOptionFile)
  found.quiescers += findSQLite(in: scope, table)
  return found
}
