import Foundation
import Machine
import TestSupport

/// Runs programs of which strace makes a certain system call fail, or end the program.
struct CallTrap {
  /// What happens at the call.
  enum Fault: String, CaseIterable, Sendable {
    case killed = "signal=SIGKILL"
    case failing = "error=EIO"
  }

  /// What changes files; each thread counts its own calls.
  private static let calls =
    "write,linkat,rename,renameat,renameat2,unlink,unlinkat,fsync,fdatasync,sync_file_range"

  let log: FilePath

  /// How a program ended, and whether its call was met.
  struct Outcome {
    var program: Program.Outcome
    var wasMet: Bool
  }

  /// Runs a program to its end, or until the call.
  func run(
    _ program: Program,
    _ arguments: [String],
    _ fault: Fault,
    at number: Int
  ) throws -> Outcome {
    var strace = Program(try findTool("strace").orMissing())
    strace.environment = program.environment
    strace.workingDirectory = program.workingDirectory
    let words =
      [
        "-f", "-qq", "-o", log.string, "-e", "trace=\(Self.calls)",
        "-e", "inject=\(Self.calls):\(fault.rawValue):when=\(number)", program.path.string,
      ] + arguments
    var outcome = try strace.run(arguments: words)
    // Another test's keeper had a look at strace's child just then.
    while outcome.error.hasPrefix("strace: ") && outcome.error.contains("PTRACE_SEIZE") {
      outcome = try strace.run(arguments: words)
    }
    let lines = try String(contentsOfFile: log.string, encoding: .isoLatin1)
    let mark = fault == .killed ? "killed by SIGKILL" : "(INJECTED)"
    return Outcome(program: outcome, wasMet: lines.contains(mark))
  }
}

private struct NoTool: Error {}

extension FilePath? {
  fileprivate func orMissing() throws -> FilePath {
    guard let self else { throw NoTool() }
    return self
  }
}
