package import Machine

/// An application that is backed up while it runs, and that tells what its files need to become whole
/// again: for what is not of one instant.
///
/// Its calls come in this order, one at a time: ``begin()``, ``end()``, ``close()``.
package protocol OnlineBackup: AnyObject, Sendable {
  var application: Application { get }
  /// Whose files needn't be of one instant: between begin and end the application keeps what makes
  /// up for it.
  var folders: [FilePath] { get }

  /// Has it begin.
  ///
  /// - Throws: Why it can't.
  func begin() throws

  /// Has it end, when all of the folders has been read.
  ///
  /// - Returns: What the backup needs besides.
  /// - Throws: Why the backup of it is worth nothing.
  func end() throws -> OnlineBackupEnd

  /// Closes everything. It can be called at any time, and twice.
  func close()
}

/// What a backup needs besides the files as they were read.
package struct OnlineBackupEnd: Sendable {
  /// Files that stand there instead of, or besides, what was read.
  package var files: [(path: FilePath, content: [UInt8])]
  /// Who owns those files, and nobody else may read.
  package var userID: UInt32
  package var groupID: UInt32
  /// Folders and files that are read only now, instead of what was read.
  package var paths: [FilePath]
}
