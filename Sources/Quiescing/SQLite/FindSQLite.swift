import Machine
import Planning

/// Finds the SQLite databases in the sources that programs can write to, by what they begin with.
///
/// What is outside, left out, removed, or has no path here isn't found.
func findSQLite(in scope: ApplicationScope, _ table: ProcessTable) -> [any Quiescer] {
  // Each database takes three descriptors while it is held.
  raiseDescriptorLimit(to: 1 << 14)
  var search = SQLiteSearch(scope, table)
  var processes: [ProcessID] = []
  table.listProcesses(into: &processes)
  for process in processes where process != Host.processID { search.look(at: process) }
  return search.found
}

private struct SQLiteSearch {
  private(set) var found: [any Quiescer] = []
  private let scope: ApplicationScope
  private let table: ProcessTable
  private var places: FilePlaces
  /// What needn't be looked at again, by what `/proc` says of it.
  private var settled: Set<Sighting> = []
  private var known: Set<FileKey> = []

  /// Of mappings the device is another one on btrfs.
  private struct Sighting: Hashable {
    var key: FileKey
    var isMapped: Bool
  }

  init(_ scope: ApplicationScope, _ table: ProcessTable) {
    self.scope = scope
    self.table = table
    places = FilePlaces(table, mounts: scope.mounts)
  }

  mutating func look(at process: ProcessID) {
    var files: [WrittenFile] = []
    table.forEachWritableFile(of: process) { file in
      if file.isMapped || scope.mayHold(device: file.key.device) { files.append(file) }
    }
    for file in files {
      let sighting = Sighting(key: file.key, isMapped: file.isMapped)
      if settled.contains(sighting) { continue }
      if isSettled(file, of: process) { settled.insert(sighting) }
    }
  }

  /// Looks at a file; whether it needn't be looked at again when another process has it open too.
  private mutating func isSettled(_ file: WrittenFile, of process: ProcessID) -> Bool {
    guard let opened = table.openBehind(file.link) else { return false }
    guard let metadata = try? fileMetadata(in: opened.raw, subject: "/proc"),
      metadata.type == .regular, metadata.links > 0, scope.mayHold(device: metadata.device),
      !known.contains(FileKey(metadata)),
      let header = try? readStart(of: opened.raw, SQLiteFormat.headerSize, subject: "/proc"),
      SQLiteFormat.mode(of: header) != nil
    else { return true }
    // Another process may have it open by a path that is one here too.
    guard let path = places.path(behind: file.link, of: process, FileKey(metadata)) else {
      return false
    }
    known.insert(FileKey(metadata))
    if let piece = scope.piece(of: path, size: metadata.size) {
      add(Application(kind: "SQLite", path: path), FileKey(metadata), piece)
    }
    return true
  }

  private mutating func add(_ application: Application, _ key: FileKey, _ piece: PlannedPiece) {
    switch piece.coverage {
    case .frozen, .held:
      found.append(SQLiteDatabase(application, key))
    case .live(let reason):
      found.append(UnheldApplication(application, reason: "it is read live: \(reason)"))
    case .still, .omitted:
      break
    }
  }
}

/// The first bytes of an open file, at most `count`.
func readStart(of file: CInt, _ count: Int, subject: FilePath) throws -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  let read = try bytes.withUnsafeMutableBytes {
    try Machine.read(into: $0, from: file, at: 0, subject: subject)
  }
  return Array(bytes[..<read])
}
