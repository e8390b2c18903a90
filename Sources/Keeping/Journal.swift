package import Machine
package import Quiescing
package import Snapshotting

/// Where it is written down what a run makes, before it is made.
package struct Journal: Sendable {
  package let folder: FilePath

  package init(folder: FilePath) { self.folder = folder }

  /// `$STILLPOINT_STATE_DIR`; as root `/var/lib/stillpoint`; else `$XDG_STATE_HOME/stillpoint`, or
  /// `~/.local/state/stillpoint`.
  package static var usualFolder: FilePath {
    if let chosen = path(from: "STILLPOINT_STATE_DIR") { return chosen }
    if isRoot { return "/var/lib/stillpoint" }
    if let state = path(from: "XDG_STATE_HOME") { return state.appending("stillpoint") }
    return (path(from: "HOME") ?? "/").appending(".local/state/stillpoint")
  }

  private static func path(from variable: String) -> FilePath? {
    guard let bytes = environmentVariable(variable), !bytes.isEmpty else { return nil }
    return FilePath(bytes: bytes)
  }

  /// Begins the record of a run that this process owns.
  ///
  /// Nothing is written before the first ``JournalRecord/write(_:)``.
  package func record(of run: RunID) -> JournalRecord {
    JournalRecord(path: folder.appending("\(run.digits).run"), run: run)
  }

  /// The runs that have a record, also those that go on.
  ///
  /// - Throws: ``SystemCallError`` when the folder can't be read.
  package func runs() throws(SystemCallError) -> Set<RunID> {
    Set(try records().compactMap { $0.stem.flatMap { RunID($0) } })
  }

  /// Calls `body` while no other process replays the journal.
  func locked<Value>(_ body: () throws -> Value) throws -> Value {
    try withLockFile(folder.appending("journal.lock"), body)
  }

  /// The paths of all records.
  ///
  /// - Throws: ``SystemCallError``; a folder that isn't there yet holds none.
  func records() throws(SystemCallError) -> [FilePath] {
    do {
      return try LocalFiles.names(in: folder).filter {
        $0.bytes.suffix(4).elementsEqual(".run".utf8)
      }
      .sorted().map { FilePath(bytes: folder.bytes + [UInt8(ascii: "/")] + $0.bytes) }
    } catch {
      if error.errno == .noSuchFileOrDirectory { return [] }
      throw error
    }
  }
}

/// What one run has made or is about to make.
package struct JournalRecord: Sendable {
  package let path: FilePath
  package let run: RunID

  /// Replaces what the record holds, durably: a power loss after this doesn't take it away.
  ///
  /// - Throws: ``SystemCallError`` when it can't be written.
  package func write(_ marks: [SnapshotMark], holds: [LastingHold] = []) throws {
    let owner = try ProcessIdentity.current()
    let entry = JournalEntry(run: run, owner: owner, marks: marks, holds: holds)
    try makeDirectories(path.removingLastComponent())
    try LocalFiles.replace(path, with: entry.encoded())
  }

  /// Ends the record, all of which has been released; twice is not an error.
  ///
  /// - Throws: ``SystemCallError`` when it can't be removed.
  package func remove() throws {
    do {
      try LocalFiles.remove(path)
    } catch {
      guard error.errno == .noSuchFileOrDirectory else { throw error }
    }
  }
}
