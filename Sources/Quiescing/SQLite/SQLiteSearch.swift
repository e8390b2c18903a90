import Machine
import Planning

/// Finds the SQLite databases in the sources that programs can write to, by what they begin with.
///
/// What is outside, left out, removed, or has no path here isn't found. Each is found once.
struct SQLiteSearch {
  private var found: [any Quiescer] = []
  private let scope: ApplicationScope
  private let table: ProcessTable
  private var places: FilePlaces
  /// What needn't be looked at again, by what `/proc` says of it.
  private var settled: Set<Sighting> = []
  private var known: Set<FileKey> = []
  /// How many can be held.
  private let countMax: Int

  /// Of mappings the device is another one on btrfs.
  private struct Sighting: Hashable {
    var key: FileKey
    var isMapped: Bool
  }

  init(_ scope: ApplicationScope, _ table: ProcessTable) {
    // Each takes three descriptors while it is held, and others need some too.
    countMax = raiseDescriptorLimit(to: 1 << 14) / 12
    self.scope = scope
    self.table = table
    places = FilePlaces(table, mounts: scope.mounts)
  }

  /// Looks for those that were not found before.
  ///
  /// - Parameter processes: Who is looked at.
  /// - Returns: One for each.
  mutating func find(among processes: [ProcessID]) -> [any Quiescer] {
    found = []
    for process in processes where process != Host.processID { look(at: process) }
    return found
  }

  private mutating func look(at process: ProcessID) {
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
      let header = try? readStart(of: opened.raw, SQLiteFormat.headerSize, subject: "/proc")
    else { return true }
    let isDatabase = SQLiteFormat.mode(of: header) != nil
    guard isDatabase || SQLiteFormat.isLog(header) else { return true }
    // Another process may have it open by a path that is one here too.
    guard let path = places.path(behind: file.link, of: process, FileKey(metadata)) else {
      return false
    }
    if isDatabase {
      add(path, metadata, isEncrypted: false)
    } else {
      addEncrypted(withLog: path)
    }
    return true
  }

  /// Adds the database that a log belongs to, unless its own content says what it is.
  private mutating func addEncrypted(withLog log: FilePath) {
    let suffix = Array(SQLiteFormat.logSuffix.utf8)
    guard log.bytes.count > suffix.count, log.bytes.suffix(suffix.count).elementsEqual(suffix)
    else { return }
    let path = FilePath(bytes: Array(log.bytes.dropLast(suffix.count)))
    guard let metadata = try? fileMetadata(of: path), metadata.type == .regular,
      metadata.size > 0, let opened = try? SharedDescriptor(openForReading(path)),
      let header = try? readStart(of: opened.raw, SQLiteFormat.headerSize, subject: path),
      SQLiteFormat.mode(of: header) == nil
    else { return }
    add(path, metadata, isEncrypted: true)
  }

  private mutating func add(_ path: FilePath, _ metadata: FileMetadata, isEncrypted: Bool) {
    guard let piece = scope.piece(of: path, size: metadata.size),
      known.insert(FileKey(metadata)).inserted
    else { return }
    let application = Application(kind: "SQLite", path: path)
    switch piece.coverage {
    case .frozen, .held:
      if known.count > countMax {
        let reason = "too many databases are open"
        return found.append(UnheldApplication(application, reason: reason))
      }
      found.append(SQLiteDatabase(application, FileKey(metadata), isEncrypted: isEncrypted))
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
