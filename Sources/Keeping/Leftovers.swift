package import Machine
package import Snapshotting

/// What runs that ended without cleaning up have left.
package struct Leftovers: Sendable {
  package let journal: Journal
  private let driver: any SnapshotDriver

  package init(journal: Journal, driver: any SnapshotDriver) {
    self.journal = journal
    self.driver = driver
  }

  /// Releases what runs have left whose process is gone.
  ///
  /// - Returns: What was done and what could not be, as sentences for a warning.
  /// - Throws: ``SystemCallError`` when the journal can't be read.
  package func releaseAll() throws -> [String] { [] }

  /// Releases what one record describes, whose process must be gone.
  ///
  /// - Returns: What was done and what could not be, as sentences for a warning.
  /// - Throws: ``SystemCallError`` when the record can't be read.
  package func release(of record: FilePath) throws -> [String] { [] }
}
