import Foundation
package import Machine

/// A program that tests run as a user would.
package struct Program: Sendable {
  package var path: FilePath
  /// Added to the test's own environment.
  package var environment: [String: String] = [:]
  /// Where it runs; nil where the tests do.
  package var workingDirectory: FilePath?

  package init(_ path: FilePath) { self.path = path }

  /// What a program left when it ended.
  package struct Outcome: Sendable {
    /// The exit status, or minus the signal that ended it.
    package var status: Int32
    package var output: String
    package var error: String
  }

  /// The built `stillpoint`: the one that `$STILLPOINT` names, else the one beside the tests.
  package static var stillpoint: Program {
    if let path = ProcessInfo.processInfo.environment["STILLPOINT"], !path.isEmpty {
      return Program(FilePath(path))
    }
    let folder = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }?
      .deletingLastPathComponent()
    let beside = folder ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    return Program(FilePath(beside.appending(path: "stillpoint").path))
  }

  /// Options of `backup` with which a machine that is merely busy costs no grade.
  package static let patience = ["--max-pause", "20s", "--hold-max", "20s"]

  /// The restic to compare with: the one that `$RESTIC` names, else the distribution's.
  package static var restic: Program? {
    if let path = ProcessInfo.processInfo.environment["RESTIC"], !path.isEmpty {
      return Program(FilePath(path))
    }
    return findTool("restic").map { Program($0) }
  }

  /// Runs to the end with nothing on standard input.
  ///
  /// - Parameter arguments: What stands after the program's name.
  /// - Returns: How it ended and what it printed.
  /// - Throws: When the program can't be started.
  package func run(_ arguments: String...) throws -> Outcome { try run(arguments: arguments) }

  /// Runs to the end with nothing on standard input.
  ///
  /// - Parameter arguments: What stands after the program's name.
  /// - Returns: How it ended and what it printed.
  /// - Throws: When the program can't be started.
  package func run(arguments: [String]) throws -> Outcome { try start(arguments).wait() }

  /// Runs to the end and returns what it printed.
  ///
  /// - Parameter arguments: What stands after the program's name.
  /// - Returns: What it printed on standard output.
  /// - Throws: ``ProgramFailed`` when it ends with a status other than 0.
  @discardableResult
  package func succeed(_ arguments: String...) throws -> String {
    try succeed(arguments: arguments)
  }

  /// Runs to the end and returns what it printed.
  ///
  /// - Parameter arguments: What stands after the program's name.
  /// - Returns: What it printed on standard output.
  /// - Throws: ``ProgramFailed`` when it ends with a status other than 0.
  @discardableResult
  package func succeed(arguments: [String]) throws -> String {
    let outcome = try run(arguments: arguments)
    guard outcome.status == 0 else {
      throw ProgramFailed(program: path, arguments: arguments, outcome: outcome)
    }
    return outcome.output
  }

  /// Starts the program; whoever starts it waits for it.
  ///
  /// - Parameter arguments: What stands after the program's name.
  /// - Returns: The running program.
  /// - Throws: When the program can't be started.
  package func start(_ arguments: [String]) throws -> RunningProgram {
    let process = Process()
    process.executableURL = URL(filePath: path.string)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .merging(environment) { _, ours in ours }
    process.standardInput = FileHandle.nullDevice
    if let workingDirectory {
      process.currentDirectoryURL = URL(filePath: workingDirectory.string)
    }
    return try RunningProgram(process)
  }
}

/// A program that a test started.
package final class RunningProgram {
  private let process: Process
  private let output = Pipe()
  private let error = Pipe()

  init(_ process: Process) throws {
    self.process = process
    process.standardOutput = output
    process.standardError = error
    try process.run()
  }

  package var processID: Int32 { process.processIdentifier }
  package var isRunning: Bool { process.isRunning }

  /// Waits until it ends, reading what it prints.
  package func wait() -> Program.Outcome {
    let errors = Collected(error.fileHandleForReading)
    let printed = (try? output.fileHandleForReading.readToEnd()) ?? Data()
    let complaints = errors.wait()
    process.waitUntilExit()
    let status = process.terminationStatus
    return Program.Outcome(
      status: process.terminationReason == .uncaughtSignal ? -status : status,
      output: String(decoding: printed, as: UTF8.self),
      error: String(decoding: complaints, as: UTF8.self)
    )
  }
}

/// The rest of a pipe, read on a thread of its own so that the other pipe can't fill up meanwhile.
///
/// `@unchecked Sendable`: `data` is written before `isDone` is signalled and read after.
private final class Collected: @unchecked Sendable {
  private var data = Data()
  private let isDone = DispatchSemaphore(value: 0)

  init(_ handle: FileHandle) {
    let thread = Thread { [self] in
      data = (try? handle.readToEnd()) ?? Data()
      isDone.signal()
    }
    thread.start()
  }

  func wait() -> Data {
    isDone.wait()
    return data
  }
}

/// A program that should have succeeded.
package struct ProgramFailed: Error, CustomStringConvertible {
  package var program: FilePath
  package var arguments: [String]
  package var outcome: Program.Outcome

  package var description: String {
    "\(program) \(arguments.joined(separator: " ")): \(outcome.status)\n"
      + outcome.output.suffix(2000) + outcome.error.suffix(2000)
  }
}
