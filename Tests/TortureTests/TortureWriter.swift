import Foundation
import Machine
import TestSupport

/// A kind of writer of `Fixtures/torture.py`, each with an invariant that holds at every moment
/// between two of its system calls.
enum WriterKind: String, CaseIterable {
  /// Blocks of one file in random order.
  case blocks
  /// The same through a mapping of a closed file.
  case mapped
  /// Two files, always the first before the second.
  case pair
  /// Two hundred threads with two files each.
  case threads
  /// Files, and a log that names each once it is closed.
  case log
  /// Files copied by programs that live for a moment, and such a log.
  case spawn
  /// A database in WAL mode whose accounts add up.
  case sqlite
  /// A file that is replaced by renaming.
  case rename
  /// Names in two nested subvolumes, always the first before the second, without an open file.
  case across
  /// A file on each of three file systems, always in the same order.
  case volumes
}

/// A writer that writes until it is stopped.
final class TortureWriter {
  private let process = Process()

  /// Starts the writer in a folder of its own below `source`, and waits until it writes.
  init(_ kind: WriterKind, below source: FilePath, inNamespaces isApart: Bool) throws {
    let folder = source.appending(kind.rawValue).string
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let apart = ["/usr/bin/unshare", "--mount", "--pid", "--fork", "--kill-child"]
    let command =
      (isApart ? apart : []) + [tortureInterpreter, tortureScript, "write", kind.rawValue, folder]
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let end = Date(timeIntervalSinceNow: 60)
    while !FileManager.default.fileExists(atPath: folder + "/ready") {
      guard Date() < end, process.isRunning else { throw TortureError("\(kind) didn't start") }
      usleep(10_000)
    }
  }

  var isRunning: Bool { process.isRunning }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}

/// What is wrong in a copy of what a writer of `kind` wrote; nothing in a whole one.
func violations(of kind: WriterKind, in copy: FilePath) throws -> [String] {
  let checker = Program(FilePath(tortureInterpreter))
  let output = try checker.succeed(
    tortureScript,
    "check",
    kind.rawValue,
    copy.appending(kind.rawValue).string
  )
  return output.split(separator: "\n").map(String.init)
}

private let tortureInterpreter = findTool("python3")?.string ?? "/usr/bin/python3"
private let tortureScript =
  Bundle.module.url(forResource: "torture", withExtension: "py", subdirectory: "Fixtures")?.path
  ?? ""

struct TortureError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
