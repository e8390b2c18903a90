import Foundation
import Keeping
import Machine
import Pausing
import TestSupport

/// A program in Python that writes to a volume until the test ends.
final class Writer {
  let processID: ProcessID
  private let process = Process()

  /// Starts `script`, whose first argument is the folder it writes in, and waits until it says
  /// that it writes: it makes a file `ready`.
  init(_ script: String, in folder: FilePath, through wrapper: [String] = []) throws {
    let ready = folder.appending("ready-\(UUID().uuidString)")
    let command = wrapper + ["/usr/bin/python3", "-c", Self.prelude + script]
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst()) + [folder.string, ready.string]
    process.standardInput = FileHandle.nullDevice
    try process.run()
    processID = process.processIdentifier
    guard eventually({ FileManager.default.fileExists(atPath: ready.string) }) else {
      throw WriterError(description: "the writer didn't start")
    }
  }

  private static let prelude = """
    import ctypes, mmap, os, signal, subprocess, sys, threading, time
    folder = sys.argv[1]
    # The test's threads may have blocked signals, and a new process inherits that.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    def ready():
        open(sys.argv[2], "w").close()

    """

  var isRunning: Bool { process.isRunning }

  deinit { stop() }

  func stop() {
    for process in family { kill(process, SIGKILL) }
    process.waitUntilExit()
  }

  /// The process and everything it started.
  var family: [ProcessID] {
    var all = [processID]
    var index = 0
    while index < all.count {
      all += children(of: all[index])
      index += 1
    }
    return all
  }

  /// The state letters of every thread of every process of the family.
  var states: [Character] { family.flatMap { threads(of: $0) }.map(\.state) }

  /// Whether nobody traces the family and nobody of it is stopped.
  var isFree: Bool {
    family.flatMap { threads(of: $0) }.allSatisfy {
      $0.tracer == "0" && $0.state != "t" && $0.state != "T"
    }
  }
}

struct WriterError: Error {
  var description: String
}

struct ThreadState {
  var state: Character
  var tracer: Substring
  var number: ProcessID
}

func threads(of process: ProcessID) -> [ThreadState] {
  let folder = "/proc/\(process)/task"
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  return names.compactMap { name in
    guard let text = try? String(contentsOfFile: "\(folder)/\(name)/status", encoding: .utf8)
    else { return nil }
    func value(_ key: String) -> Substring {
      text.split(separator: "\n").first { $0.hasPrefix(key + ":\t") }?
        .dropFirst(key.count + 2) ?? ""
    }
    return ThreadState(
      state: value("State").first ?? "?",
      tracer: value("TracerPid"),
      number: ProcessID(name) ?? 0
    )
  }
}

func children(of process: ProcessID) -> [ProcessID] {
  threads(of: process).flatMap { thread in
    let path = "/proc/\(process)/task/\(thread.number)/children"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: " ").compactMap { ProcessID($0) }
  }
}

/// Whether `condition` comes to hold within `seconds`.
func eventually(within seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
  let end = Date(timeIntervalSinceNow: seconds)
  while Date() < end {
    if try condition() { return true }
    usleep(2_000)
  }
  return try condition()
}

/// A btrfs and a keeper that is prepared for it.
struct KeptVolume {
  let folder: FilePath
  let keeper: Keeper

  static func with(_ body: (KeptVolume) throws -> Void) throws {
    try LoopDevice.with("btrfs", sizeMiB: 512) { device in
      let keeper = try Keeper.start(executable: Program.stillpoint.path)
      defer { keeper.finish() }
      _ = try keeper.prepare(PauseTargets(paths: [device.mountPoint]))
      try body(KeptVolume(folder: device.mountPoint, keeper: keeper))
    }
  }

  /// Pauses, which must succeed, calls `body`, and resumes.
  @discardableResult
  func paused(
    gated: Bool = false,
    within deadline: Duration = .seconds(5),
    _ body: (PauseReport) throws -> Void
  ) throws -> (PauseReport, Proof, ResumeReport) {
    let report = try keeper.pause(within: deadline, gated: gated)
    guard report.outcome == .held else {
      try keeper.resume()
      throw WriterError(description: "\(report)")
    }
    try body(report)
    let proof = try keeper.prove()
    return (report, proof, try keeper.resume())
  }
}
