import Foundation
import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat
import Synchronization
import TestSupport

/// A small repository with two snapshots of a folder, another one with one, and what they are made
/// from.
struct ChangedRepository: Sendable {
  static let names: Set = ["a", "b", "c", "d"]

  let folder: FilePath
  let stillpoint: Program

  var repository: FilePath { folder.appending("repository") }
  /// Holds a snapshot of other files of the same names.
  var other: FilePath { folder.appending("other") }
  var source: FilePath { folder.appending("source") }

  private static func content(_ name: String) -> [UInt8] {
    var random = SeededRandom(seed: UInt64(name.utf8.first ?? 0))
    return random.bytes(name == "d" ? 0 : 60_000)
  }

  static func with(_ body: (ChangedRepository) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let place = try ChangedRepository(in: directory.appending("template"))
      try LocalFiles.makeDirectory(place.source)
      for name in names {
        try LocalFiles.replace(place.source.appending(name), with: content(name))
      }
      let backup = ["backup", "--snapshot-policy", "off", "--quiet", place.source.string]
      try place.backUp(backup, extra: "first")
      try place.backUp(backup, extra: "second")
      try place.backUp(backup + ["--repo", place.other.string], extra: "third")
      try LocalFiles.replace(place.source.appending("new"), with: content("new"))
      try removeEmptyFolders(of: place.repository)
      try removeEmptyFolders(of: place.other)
      try body(place)
    }
  }

  /// Most of the 256 hold no pack; without them a copy is made in no time.
  private static func removeEmptyFolders(of repository: FilePath) throws {
    let packs = repository.appending("data")
    for name in try LocalFiles.names(in: packs) {
      let folder = packs.appending(name.text)
      if try LocalFiles.names(in: folder).isEmpty {
        try FileManager.default.removeItem(atPath: folder.string)
      }
    }
  }

  private init(in folder: FilePath) throws {
    self.folder = folder
    try LocalFiles.makeDirectory(folder)
    stillpoint = try Self.program(in: folder)
    try makeTestRepository(at: folder.appending("other"))
  }

  private init(copiedTo folder: FilePath) throws {
    self.folder = folder
    var program = Program.stillpoint
    program.environment = Self.environment(in: folder)
    program.workingDirectory = folder
    stillpoint = program
  }

  private static func program(in folder: FilePath) throws -> Program {
    var program = try Program.stillpoint(withRepositoryIn: folder)
    program.environment = environment(in: folder)
    program.workingDirectory = folder
    return program
  }

  private static func environment(in folder: FilePath) -> [String: String] {
    [
      "STILLPOINT_REPOSITORY": folder.appending("repository").string,
      "STILLPOINT_PASSWORD": testRepositoryPassword,
      "RESTIC_FROM_PASSWORD": testRepositoryPassword,
      "STILLPOINT_STATE_DIR": folder.appending("state").string,
      "STILLPOINT_CACHE_DIR": folder.appending("cache").string,
    ]
  }

  private func backUp(_ arguments: [String], extra name: String) throws {
    let extra = source.appending(name)
    try LocalFiles.replace(extra, with: Self.content(name + name))
    try stillpoint.succeed(arguments: arguments)
    try LocalFiles.remove(extra)
  }

  /// The same in a new folder.
  func copied() throws -> ChangedRepository {
    let copy = folder.removingLastComponent().appending("copy-\(UUID().uuidString)")
    try FileManager.default.copyItem(atPath: folder.string, toPath: copy.string)
    return try ChangedRepository(copiedTo: copy)
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder.string) }

  /// What repair packs keeps in the current folder, and doesn't replace.
  func removeSavedPacks() throws {
    for name in try LocalFiles.names(in: folder) where name.text.hasPrefix("pack-") {
      try LocalFiles.remove(folder.appending(name.text))
    }
  }

  // MARK: what is wrong with it

  private var store: LocalStore { LocalStore(path: repository) }

  func damageIndex() throws {
    let files = try store.list("index").map(\.name).sorted { $0.name < $1.name }
    try store.remove(files[0])
    try store.put(files[1], [1, 2, 3])
  }

  private func place(of name: String) throws -> BlobLocation? {
    try Repository.openForTesting(store).location(.data, BlobID(sha256(Self.content(name))))
  }

  /// The pack that holds a file's content.
  func pack(of name: String) throws -> String {
    guard let place = try place(of: name) else { return String(repeating: "0", count: 64) }
    return place.pack.digest.hex
  }

  func flipBit(of name: String) throws {
    guard let place = try place(of: name) else { return }
    let object = ObjectName(kind: "data", name: place.pack.digest.hex)
    var bytes = try store.get(object)
    bytes[Int(place.offset) + 20] ^= 1
    try store.put(object, bytes)
  }

  func salvage(_ name: String) throws {
    try stillpoint.succeed("repair", "packs", "--quiet", try pack(of: name))
  }

  /// Changes the largest file of a kind, or takes it away.
  func change(_ kind: String, _ change: ([UInt8]) -> [UInt8]?) throws {
    let file = try largest(kind)
    let bytes = try LocalFiles.read(file)
    try LocalFiles.remove(file)
    if let changed = change(bytes) { try LocalFiles.replace(file, with: changed) }
  }

  private func largest(_ kind: String) throws -> FilePath {
    if kind == "config" { return repository.appending("config") }
    let object = try store.list(kind).max { $0.size < $1.size }
    guard let name = object?.name, let path = store.localPath(of: name) else {
      throw StoreError(attempt: "find", subject: kind, reason: .missing, cause: nil)
    }
    return path
  }

  /// The files whose content is whole after such a change.
  func saved(after change: ([UInt8]) -> [UInt8]?, of kind: String) throws -> Set<String> {
    if kind != "data" { return Self.names }
    let file = try largest(kind)
    let before = try LocalFiles.read(file)
    let after = change(before) ?? []
    return Set(
      try Self.names.filter { name in
        guard let place = try place(of: name) else { return true }
        if place.pack.digest.hex != file.lastComponent?.string { return true }
        let range = Int(place.offset)..<Int(place.offset + place.length)
        return range.upperBound <= after.count && after[range] == before[range]
      }
    )
  }

  /// The packs whose content isn't what their names say.
  func brokenPacks() throws -> [String] { try misnamed("data") }

  /// The same of snapshots.
  func damagedSnapshots() throws -> [String] { try misnamed("snapshots") }

  private func misnamed(_ kind: String) throws -> [String] {
    try store.list(kind).map(\.name).filter { name in
      try sha256(store.get(name)).hex != name.name
    }.map(\.name)
  }

  func removeSnapshot(_ name: String) throws {
    try store.remove(ObjectName(kind: "snapshots", name: name))
  }

  // MARK: what is in it

  /// What a check finds, reading everything.
  func problems() throws -> [String] {
    let found = FoundProblems()
    var options = CheckOptions()
    options.packs = .all
    _ = try Repository.openForTesting(store).check(options, onProblem: { found.add($0) })
    return found.all
  }

  func check(with restic: Program) throws {
    var restic = restic
    restic.environment = [
      "RESTIC_REPOSITORY": repository.string, "RESTIC_PASSWORD": testRepositoryPassword,
      "RESTIC_CACHE_DIR": folder.appending("resticcache").string,
    ]
    try restic.succeed("check", "--read-data", "--no-lock", "--no-cache", "--quiet")
  }

  /// The names of the whole files of each snapshot.
  func restorable() throws -> [Set<String>] {
    let repository = try Repository.openForTesting(store)
    return try repository.snapshots().map { snapshot in
      var names: Set<String> = []
      try collect(snapshot.file.tree, repository, &names)
      return names
    }
  }

  private func collect(
    _ tree: BlobID,
    _ repository: Repository,
    _ names: inout Set<String>
  ) throws {
    for node in try repository.loadTree(tree) {
      if let subtree = node.subtree { try collect(subtree, repository, &names) }
      let name = String(decoding: node.name, as: UTF8.self)
      guard node.type == .file, Self.names.contains(name) else { continue }
      let content = try? (node.content ?? []).flatMap { try repository.loadBlob(.data, $0) }
      if content == Self.content(name) { names.insert(name) }
    }
  }
}

private final class FoundProblems: Sendable {
  private let found = Mutex<[String]>([])
  var all: [String] { found.withLock { $0 } }

  func add(_ problem: CheckProblem) {
    if !problem.isHint { found.withLock { $0.append(problem.description) } }
  }
}
