package import Machine
import Synchronization

/// A store in a folder, laid out as restic does.
///
///     config
///     keys/<name>  index/<name>  snapshots/<name>  locks/<name>
///     data/<first two digits of name>/<name>
///
/// Folders have mode 0700 and files 0400; where `config` is readable for its group, 0770
/// and 0440. Source: restic's `internal/backend/local` and `internal/backend/layout`.
package final class LocalStore: ObjectStore {
  package let path: FilePath
  package let location: String

  static let folders = ["data", "index", "keys", "locks", "snapshots"]
  private let modes = Mutex<Modes?>(nil)
  private let kind = Mutex<FileSystemKind?>(nil)
  /// Files whose names aren't durable yet.
  private let unsettled = Mutex<[FilePath]>([])

  /// Makes a store at `path`, which need not exist yet.
  package init(path: FilePath) {
    location = path.string
    // Without a working directory the path stays relative, and the first call says so.
    self.path = (try? LocalFiles.absolute(path)) ?? path
  }

  package var properties: StoreProperties {
    let kind = kind.withLock { known in
      let found = known ?? FileSystemKind(at: path)
      known = found
      return found
    }
    // Others may be on another machine, which learns of new names later.
    return StoreProperties(connections: 2, replacesAtomically: true, listsAtOnce: kind != .other)
  }

  package func prepare() throws {
    try attempt("make the folders of", location) { () throws(SystemCallError) in
      let mode = currentModes().folder
      try makeFolderAndAbove(path, mode)
      for folder in Self.folders {
        try LocalFiles.makeDirectory(path.appending(folder), mode: mode)
      }
      let data = path.appending("data")
      for byte in UInt8.min...UInt8.max {
        try LocalFiles.makeDirectory(data.appending(twoDigits(byte)), mode: mode)
      }
      try LocalFiles.syncDirectory(data)
      try LocalFiles.syncDirectory(path)
    }
  }

  package func put(_ name: ObjectName, _ parts: [UnsafeRawBufferPointer]) throws {
    try attempt("store", subject(name)) { () throws(SystemCallError) in
      let target = localFile(name)
      let folder = try madeFolder(for: name)
      let file = try AtomicFile(in: folder, prefix: name.name.isEmpty ? name.kind : name.name)
      try file.append(parts)
      try commit(file, as: target, name)
    }
  }

  package func stage(_ kind: String) throws -> any StagedObject {
    let folder = path.appending(kind)
    let file = try attempt("begin an object in", folder.string) { () throws(SystemCallError) in
      try AtomicFile(in: folder, prefix: "stage")
    }
    return LocalStagedObject(file, in: self)
  }

  package func settle() throws {
    let paths = unsettled.withLock { paths in
      defer { paths = [] }
      return paths
    }
    do {
      try attempt("make the names durable in", location) { () throws(SystemCallError) in
        try LocalFiles.syncNames(paths)
      }
    } catch {
      unsettled.withLock { $0 += paths }
      throw error
    }
  }

  package func get(_ name: ObjectName, offset: UInt64, length: Int?) throws -> [UInt8] {
    let bytes = try attempt("read", subject(name)) { () throws(SystemCallError) in
      try LocalFiles.read(localFile(name), offset: offset, length: length)
    }
    if let length, bytes.count < length {
      throw StoreError.short(subject(name), wanted: length, got: bytes.count)
    }
    return bytes
  }

  package func size(of name: ObjectName) throws -> UInt64 {
    try attempt("find", subject(name)) { () throws(SystemCallError) in
      try fileMetadata(of: localFile(name), followingLinks: true).size
    }
  }

  package func list(_ kind: String) throws -> [StoredObject] {
    let folder = path.appending(kind)
    return try attempt("list", folder.string) { () throws(SystemCallError) in
      guard kind == "data" else { return try objects(kind, in: folder) }
      var found: [StoredObject] = []
      for name in try LocalFiles.names(in: folder) where name.bytes.count == 2 {
        do throws(SystemCallError) {
          found += try objects(kind, in: folder.appending(name.text))
        } catch {
          if error.errno != .notDirectory { throw error }
        }
      }
      return found
    }
  }

  package func remove(_ name: ObjectName) throws {
    try attempt("remove", subject(name)) { () throws(SystemCallError) in
      try LocalFiles.remove(localFile(name))
    }
  }

  package func localPath(of name: ObjectName) -> FilePath? { localFile(name) }
}

extension LocalStore {
  /// Permission bits of new folders and files.
  struct Modes {
    var folder: UInt32
    var file: UInt32
  }

  func subject(_ name: ObjectName) -> String { localFile(name).string }

  private func localFile(_ name: ObjectName) -> FilePath {
    name.name.isEmpty ? path.appending(name.kind) : folder(of: name).appending(name.name)
  }

  private func folder(of name: ObjectName) -> FilePath {
    if name.name.isEmpty { return path }
    let folder = path.appending(name.kind)
    return name.kind == "data" ? folder.appending(String(name.name.prefix(2))) : folder
  }

  /// Makes the folder of `name` where it is missing: tools that copy drop empty folders.
  ///
  /// The repository's own folder is never made here, it may be an unmounted disk.
  private func madeFolder(for name: ObjectName) throws(SystemCallError) -> FilePath {
    let folder = folder(of: name)
    if name.name.isEmpty { return folder }
    if (try? fileMetadata(of: folder, followingLinks: true)) != nil { return folder }
    let mode = currentModes().folder
    try LocalFiles.makeDirectory(path.appending(name.kind), mode: mode)
    try LocalFiles.makeDirectory(folder, mode: mode)
    try LocalFiles.syncDirectory(folder.removingLastComponent())
    return folder
  }

  private func commit(
    _ file: AtomicFile,
    as target: FilePath,
    _ name: ObjectName
  ) throws(SystemCallError) {
    let durability: AtomicFile.Durability = name.kind == "locks" ? .none : .nameToo
    try file.commit(as: target, mode: currentModes().file, durability: durability)
  }

  /// Gives a staged object its name, which is durable later.
  fileprivate func commitStaged(_ file: AtomicFile, as name: ObjectName) throws {
    try attempt("store", subject(name)) { () throws(SystemCallError) in
      _ = try madeFolder(for: name)
      let target = localFile(name)
      try file.commit(as: target, mode: currentModes().file, durability: .content)
      unsettled.withLock { $0.append(target) }
    }
  }

  private func currentModes() -> Modes {
    modes.withLock { known in
      if let known { return known }
      let config = try? fileMetadata(of: path.appending("config"), followingLinks: true)
      guard let config else { return Modes(folder: 0o700, file: 0o400) }
      let isShared = config.mode & 0o040 != 0
      let found =
        isShared ? Modes(folder: 0o770, file: 0o440) : Modes(folder: 0o700, file: 0o400)
      known = found
      return found
    }
  }

  private func objects(
    _ kind: String,
    in folder: FilePath
  ) throws(SystemCallError) -> [StoredObject] {
    var found: [StoredObject] = []
    for name in try LocalFiles.names(in: folder) {
      let text = name.text
      guard isObjectName(text) else { continue }
      do {
        let file = try fileMetadata(of: folder.appending(text), followingLinks: true)
        guard file.type == .regular else { continue }
        found.append(StoredObject(name: ObjectName(kind: kind, name: text), size: file.size))
      } catch {
        // Else it was removed since the folder was read.
        if error.errno != .noSuchFileOrDirectory { throw error }
      }
    }
    return found
  }

  private func makeFolderAndAbove(_ path: FilePath, _ mode: UInt32) throws(SystemCallError) {
    do {
      try LocalFiles.makeDirectory(path, mode: mode)
    } catch {
      let above = path.removingLastComponent()
      let isBelowMissing = error.errno == .noSuchFileOrDirectory && !above.isEmpty
      guard isBelowMissing, above != path else { throw error }
      try makeFolderAndAbove(above, mode)
      try LocalFiles.makeDirectory(path, mode: mode)
    }
  }
}

/// An object that grows as a file in its store.
private final class LocalStagedObject: StagedObject {
  private let file: AtomicFile
  private let store: LocalStore

  init(_ file: AtomicFile, in store: LocalStore) {
    self.file = file
    self.store = store
  }

  var size: UInt64 { file.size }

  func append(_ parts: [UnsafeRawBufferPointer]) throws {
    try attempt("write an object to", store.location) { () throws(SystemCallError) in
      try file.append(parts)
    }
  }

  func read(offset: UInt64, length: Int) throws -> [UInt8] {
    let bytes = try attempt("read back an object from", store.location) {
      () throws(SystemCallError) in
      try file.read(offset: offset, length: length)
    }
    if bytes.count < length {
      throw StoreError.short("a new object", wanted: length, got: bytes.count)
    }
    return bytes
  }

  func commit(as name: ObjectName) throws { try store.commitStaged(file, as: name) }

  func discard() { file.discard() }
}

/// Runs `body` and says of its error what was attempted on what.
private func attempt<Value>(
  _ attempt: String,
  _ subject: @autoclosure () -> String,
  _ body: () throws(SystemCallError) -> Value
) throws(StoreError) -> Value {
  do throws(SystemCallError) { return try body() } catch {
    throw StoreError(attempt, subject(), error)
  }
}

/// Whether a name is one of a stored object: 64 lower-case hexadecimal digits.
func isObjectName(_ name: String) -> Bool {
  name.utf8.count == 64
    && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}

private func twoDigits(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16)
  return digits.count == 1 ? "0" + digits : digits
}
