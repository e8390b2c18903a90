import Machine

/// Looks for the applications that can be held: one line for each kind.
///
/// - Parameter scope: What is backed up.
/// - Returns: One for each application that was found, also for those that can't be held.
package func findApplications(in scope: ApplicationScope) -> [any Quiescer] {
  // Without /proc nobody can be seen.
  guard let table = try? ProcessTable() else { return [] }
  return findSQLite(in: scope, table)
}
