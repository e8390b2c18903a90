package import Machine
import Planning
import Quiescing
package import Snapshotting

/// What runs that ended without cleaning up have left.
package struct Leftovers: Sendable {
  package let journal: Journal
  private let driver: any SnapshotDriver

  package init(journal: Journal, driver: any SnapshotDriver) {
    self.journal = journal
    self.driver = driver
  }

  /// What runs have left whose process is gone, as texts; nothing is touched.
  ///
  /// - Throws: ``SystemCallError`` when the journal can't be read.
  package func list() throws -> [String] {
    try journal.records().flatMap { path -> [String] in
      guard let bytes = try content(of: path) else { return [] }
      guard let entry = JournalEntry(parsing: bytes) else {
        return ["a record that can't be understood: \(path)"]
      }
      if try entry.owner.isRunning() { return [] }
      let holds = entry.holds.map { "\($0), which an interrupted run may have left held" }
      return holds
        + entry.marks.map { mark in
          let volume = mark.volume
          return "a volume snapshot (\(volume.mechanism.rawValue)) that an interrupted run may have"
            + " left: \(mark.name.text) of \(volume.directory)"
        }
    }
  }

  /// Releases what runs have left whose process is gone.
  ///
  /// What can't be released stays in the journal for the next start.
  ///
  /// - Returns: What was done and what could not be, as texts for a warning.
  /// - Throws: ``SystemCallError`` when the journal can't be read.
  package func releaseAll() throws -> [String] {
    guard !(try journal.records().isEmpty) else { return [] }
    return try journal.locked {
      var texts: [String] = []
      for path in try journal.records() { texts += try release(path, ofAnyone: false) }
      return texts
    }
  }

  /// Releases what one record describes, whose process is known to be gone.
  ///
  /// - Returns: What was done and what could not be, as texts for a warning.
  /// - Throws: ``SystemCallError`` when the record can't be read; one that isn't there any more is
  ///   no error.
  package func release(of record: FilePath) throws -> [String] {
    try journal.locked { try release(record, ofAnyone: true) }
  }

  private func release(_ path: FilePath, ofAnyone isKnownDead: Bool) throws -> [String] {
    // Without it, its run ended well meanwhile, or another process was faster.
    guard let bytes = try content(of: path) else { return [] }
    guard let entry = JournalEntry(parsing: bytes) else {
      return ["left alone a record that can't be understood: \(path)"]
    }
    guard try isKnownDead || !entry.owner.isRunning() else { return [] }
    var (texts, isDone) = letGo(entry)
    for mark in entry.marks.reversed() {
      let volume = mark.volume.directory
      do {
        switch try driver.release(mark) {
        case .removed:
          texts.append(
            "removed a volume snapshot that an interrupted run left: \(mark.name.text) of \(volume)"
          )
        case .absent: break
        case .foreign:
          texts.append(
            "left alone what has the name of our volume snapshot \(mark.name.text) of \(volume)"
          )
        }
      } catch {
        isDone = false
        texts.append(Self.text(of: error))
      }
    }
    if isDone { try LocalFiles.remove(path) }
    return texts
  }

  /// Lets go what is still held; nothing is after the machine was started again.
  private func letGo(_ entry: JournalEntry) -> (texts: [String], isDone: Bool) {
    guard (try? entry.owner.isOfThisBoot()) ?? true else { return ([], true) }
    var isDone = true
    let texts = entry.holds.reversed().map { hold in
      do {
        try hold.letGo(isAbandoned: true)
        return "let go \(hold), which an interrupted run may have left held"
      } catch {
        isDone = false
        return "can't let go \(hold): \(Self.text(of: error))"
      }
    }
    return (texts, isDone)
  }

  private func content(of path: FilePath) throws(SystemCallError) -> [UInt8]? {
    do {
      return try LocalFiles.read(path)
    } catch {
      if error.errno == .noSuchFileOrDirectory { return nil }
      throw error
    }
  }

  /// What happened and why, in one line.
  private static func text(of error: any Error) -> String {
    let cause = (error as? any ExplainedError)?.cause.map { ": \(text(of: $0))" } ?? ""
    return "\(error)" + cause
  }
}
