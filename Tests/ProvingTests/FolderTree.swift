import Foundation
import Machine
import Proving
import TestSupport
import Testing

/// A folder as it lies on a disk, which stands still because the test doesn't touch it.
struct FolderTree: ProvableTree {
  typealias Handle = FilePath

  let top: ProvableEntry<FilePath>

  /// The tree's paths begin with `/`, which stands for `folder`.
  init(_ folder: FilePath) {
    top = ProvableEntry(path: "/", kind: .folder, userID: Host.userID, user: [], handle: folder)
  }

  func entries(of folder: Entry) throws -> [Entry] {
    try LocalFiles.names(in: folder.handle).sorted().map { name in
      let component = FilePath(bytes: name.bytes)
      let real = folder.handle.pushing(component)
      let metadata = try fileMetadata(of: real)
      let kind: Entry.Kind =
        switch metadata.type {
        case .regular: .file(size: metadata.size)
        case .directory: .folder
        case .symbolicLink: .link(target: try target(of: name, in: folder.handle))
        default: .other
        }
      return ProvableEntry(
        path: folder.path.pushing(component),
        kind: kind,
        userID: metadata.userID,
        user: OwnerNames().user(metadata.userID),
        handle: real
      )
    }
  }

  private func target(of name: FileName, in folder: FilePath) throws -> [UInt8] {
    let directory = try openDirectory(folder)
    return try name.withCString { try linkTarget(in: directory.raw, $0, subject: folder) }
  }

  func firstBytes(of file: Entry, count: Int) throws -> [UInt8] {
    try LocalFiles.read(file.handle, offset: 0, length: count)
  }

  func copy(
    _ file: Entry,
    into target: CInt,
    at path: FilePath,
    _ check: () throws -> Void
  ) throws {
    try check()
    let bytes = try LocalFiles.read(file.handle)
    try bytes.withUnsafeBytes { try write($0, to: target, at: 0, subject: path) }
  }
}

/// A folder with databases, and one for the copies of them.
struct Workshop {
  let folder: FilePath
  let scratch: FilePath

  static func with(_ body: (Workshop) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let workshop = Workshop(
        folder: directory.appending("data"),
        scratch: directory.appending("scratch")
      )
      try LocalFiles.setMode(directory, 0o711)
      try LocalFiles.makeDirectory(workshop.folder, mode: 0o755)
      try LocalFiles.makeDirectory(workshop.scratch)
      try LocalFiles.setMode(workshop.scratch, 0o711)
      try body(workshop)
    }
  }

  /// The verdicts; nothing is left of the copies.
  func prove(_ change: (inout ProofRequest) -> Void = { _ in }) throws -> [Verdict] {
    var request = ProofRequest(scratch: scratch)
    change(&request)
    let result = try proveDatabases(in: FolderTree(folder), request)
    try #require(result.unreadable.isEmpty)
    #expect(try LocalFiles.names(in: scratch) == [])
    return result.verdicts
  }

  /// Runs a Python program with `sqlite3` imported, in the folder.
  func python(_ program: String) throws -> Program.Outcome {
    var python = Program(findTool("python3") ?? "/usr/bin/python3")
    python.workingDirectory = folder
    return try python.run("-c", "import os, sqlite3\n" + program)
  }

  /// Makes a database with two tables, an index and 2000 rows.
  func makeDatabase(_ name: String = "plain", then more: String = "") throws {
    let outcome = try python(
      """
      c = sqlite3.connect(\(name.debugDescription))
      c.execute("create table a(id integer primary key, t text)")
      c.execute("create table b(id integer primary key, a references a(id))")
      c.execute("create index i on a(t)")
      c.executemany("insert into a values(?, ?)", [(n, "text %d" % n * 5) for n in range(2000)])
      c.commit()
      \(more)
      """
    )
    try #require(outcome.status == 0 || outcome.status == -9, "\(outcome)")
  }
}
