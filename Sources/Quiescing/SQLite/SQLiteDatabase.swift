import Machine
import Synchronization

/// A SQLite database that is held by its own locks, between two transactions of its writers.
///
/// With a rollback journal that is what `BEGIN IMMEDIATE` takes; with a write-ahead log, the locks
/// of who appends to it and of who copies from it. Readers go on; writers wait, or are told that
/// the database is busy. Nothing is written.
final class SQLiteDatabase: PolledQuiescer {
  private struct State: Sendable {
    var files: SQLiteFiles?
    /// How often a journal was seen that belongs to nobody.
    var orphanSightings = 0
    /// Where there was no index, and so nobody who uses the log, when it was held.
    var isWithoutIndex = false
    var blocker = Blocker.unknown
  }

  private enum Blocker {
    case unknown
    case lock(LockInTheWay)
    case orphan
  }

  /// So often that no transaction can have ended and begun around each.
  private static let orphanSightingsMax = 50

  let application: Application
  private let key: FileKey
  private let state = Mutex(State())

  /// - Parameters:
  ///   - application: Its path is without symbolic links.
  ///   - key: What is there, or else it is gone.
  init(_ application: Application, _ key: FileKey) {
    self.application = application
    self.key = key
  }

  var releasesInPause: Bool { true }

  private var path: FilePath { application.path }

  func prepare() throws {
    let files = try SQLiteFiles(opening: path, key)
    state.withLock { $0 = State(files: files) }
  }

  func tryToHold() throws -> Bool {
    try state.withLock { state in
      guard let files = state.files else { return false }
      if let lock = try files.writer() {
        state.blocker = .lock(lock)
        return false
      }
      guard try files.lockForReading() else { return false }
      // From here on nobody changes the mode, nor removes what is beside it.
      do {
        if try hold(files, &state) { return true }
      } catch {
        files.unlock()
        throw error
      }
      files.unlock()
      return false
    }
  }

  private func hold(_ files: SQLiteFiles, _ state: inout State) throws -> Bool {
    guard try files.isInPlace() else { throw ApplicationGone() }
    switch try files.mode() {
    case .rollback: return try holdJournal(files, &state)
    case .log: return try holdLog(files, &state)
    case nil: throw QuiesceError("it is no database any more, or encrypted")
    }
  }

  /// Keeps everybody from beginning a transaction that writes.
  private func holdJournal(_ files: SQLiteFiles, _ state: inout State) throws -> Bool {
    // Looked at before the lock, which would tell readers that the journal has an owner.
    if try files.hasJournal() {
      if let writer = try files.writer() {
        state.blocker = .lock(writer)
        return false
      }
      state.blocker = .orphan
      state.orphanSightings += 1
      if state.orphanSightings < Self.orphanSightingsMax { return false }
      throw QuiesceError("a program that ended in the middle of a transaction left a journal")
    }
    state.orphanSightings = 0
    guard try files.lockForWriting() else { return false }
    // Somebody may have begun, and have been killed, before the lock.
    return try !files.hasJournal()
  }

  /// Keeps everybody from appending to the log, and from copying it to the database.
  private func holdLog(_ files: SQLiteFiles, _ state: inout State) throws -> Bool {
    guard let index = try files.openIndex() else {
      state.isWithoutIndex = true
      return true
    }
    state.isWithoutIndex = false
    if let lock = try files.user(ofIndex: index) {
      state.blocker = .lock(lock)
      return false
    }
    guard try files.lockLog(by: index) else { return false }
    return try files.isInPlace(index: index)
  }

  func confirm() throws {
    try state.withLock { state in
      guard let files = state.files else { return }
      guard try files.isInPlace() else { throw ApplicationGone() }
      if state.isWithoutIndex, try files.hasIndex() {
        throw QuiesceError("a program began to use it meanwhile")
      }
    }
  }

  func letGo() { state.withLock { $0.files?.unlock() } }

  // Closing would do; unlocking first doesn't depend on what else is open on the same file.
  func release() {
    state.withLock { state in
      state.files?.unlock()
      state.files = nil
    }
  }

  var obstacle: String {
    switch state.withLock({ $0.blocker }) {
    case .unknown: "its locks could not be had within --hold-max"
    case .orphan: "it has a journal, and nobody who writes it"
    case .lock(let lock):
      if let process = lock.process {
        "\(describe(process)) had it locked for longer than --hold-max allows"
      } else {
        "it was locked for longer than --hold-max allows"
      }
    }
  }

  private func describe(_ process: ProcessID) -> String {
    let name = (try? ProcessTable())?.status(of: process)?.name
    return name.map { "\($0) (pid \(process))" } ?? "process \(process)"
  }
}
