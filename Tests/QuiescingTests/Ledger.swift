import Foundation
import Machine
import Planning
import Quiescing
import TestSupport

/// A folder of databases that is to be backed up, and one for everything else.
struct Ledger {
  let source: FilePath
  let notes: FilePath
  var exclusions = Exclusions()

  static func with(_ body: (Ledger) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      let real = try realPath(directory)
      let ledger = Ledger(
        source: real.appending("source"),
        notes: real.appending("notes")
      )
      try makeDirectories(ledger.source)
      try makeDirectories(ledger.notes)
      try body(ledger)
    }
  }

  func find() -> [any Quiescer] { search.find().quiescers }

  /// As if writers were held where the folder is.
  var search: ApplicationSearch {
    let piece = PlannedPiece(
      path: source,
      isDirectory: true,
      coverage: .held(VolumeKey(text: "test"), because: "test"),
      isSource: true
    )
    var inputs = PlanInputs(
      sources: [SourcePlace(path: source, directory: source)],
      mounts: (try? MountTable.current().visible()) ?? [],
      isPrivileged: isRoot
    )
    inputs.exclusions = exclusions
    let plan = Plan(pieces: [piece], volumes: [])
    return ApplicationSearch(in: ApplicationScope(plan: plan, inputs: inputs), QuiesceOptions())
  }

  /// What is found, by names below the folder.
  var found: [String] {
    find().map { $0.application.path.string.replacing(source.string + "/", with: "") }.sorted()
  }

  /// Makes an empty database.
  func makeDatabase(_ name: FilePath) throws {
    var header = Array("SQLite format 3\0".utf8)
    header += [0x10, 0, 1, 1] + [UInt8](repeating: 0, count: 4076)
    let path = source.appending(name.components)
    try makeDirectories(path.removingLastComponent())
    try Data(header).write(to: URL(filePath: path.string))
  }

  /// Has a program open files, in a mode as Python's `open` takes it, until it is ended.
  func open(_ paths: [FilePath], _ mode: String, removing removed: [FilePath] = []) throws -> Opener
  {
    try Opener(paths, mode, removed, notes)
  }
}

/// A program that has files open.
final class Opener {
  private let program: RunningProgram

  fileprivate init(
    _ paths: [FilePath],
    _ mode: String,
    _ removed: [FilePath],
    _ notes: FilePath
  ) throws {
    let ready = notes.appending("open-\(UUID().uuidString)")
    // Names are bytes: as digits they get there whatever they are.
    func digits(_ path: FilePath) -> String {
      path.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
    let script = """
      import os, sys, time
      names = [bytes.fromhex(name) for name in sys.argv[3].split()]
      files = [open(name, sys.argv[2]) for name in names]
      for name in sys.argv[4].split(): os.unlink(bytes.fromhex(name))
      open(sys.argv[1], "w").close()
      time.sleep(1000)
      """
    program = try Program("/usr/bin/python3").start([
      "-c", script, ready.string, mode, paths.map(digits).joined(separator: " "),
      removed.map(digits).joined(separator: " "),
    ])
    while !FileManager.default.fileExists(atPath: ready.string), program.isRunning { usleep(1000) }
  }

  var processID: ProcessID { program.processID }

  func end() {
    kill(program.processID, SIGKILL)
    _ = program.wait()
  }

  deinit { if program.isRunning { end() } }
}
