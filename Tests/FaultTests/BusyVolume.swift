import Foundation
import Machine
import TestSupport

/// A btrfs that a program writes to, and a repository beside it.
struct BusyVolume {
  let device: LoopDevice
  /// What is backed up.
  let source: FilePath
  let stillpoint: Program
  let writer: Int32

  /// Calls `body` with a busy volume and takes everything away afterwards.
  ///
  /// The volume holds 64 MiB of random files, so that a backup takes a while.
  static func with(_ body: (BusyVolume) throws -> Void) throws {
    try LoopDevice.with("btrfs", sizeMiB: 1024) { device in
      let source = device.mountPoint.appending("data")
      try FileManager.default.createDirectory(
        atPath: source.string,
        withIntermediateDirectories: true
      )
      try fill(source)
      var stillpoint = Program.stillpoint
      stillpoint.environment = [
        "STILLPOINT_REPOSITORY": device.workingDirectory.appending("repository").string,
        "STILLPOINT_PASSWORD": "fault test",
        "STILLPOINT_STATE_DIR": device.workingDirectory.appending("state").string,
        "STILLPOINT_CACHE_DIR": device.workingDirectory.appending("cache").string,
      ]
      try stillpoint.succeed("init")
      let writer = try startWriter(in: source)
      defer { stop(writer) }
      try body(
        BusyVolume(
          device: device,
          source: source,
          stillpoint: stillpoint,
          writer: writer.processIdentifier
        )
      )
    }
  }

  var isWriterRunning: Bool { isRunning(writer) }

  /// The subvolumes that stillpoint made and that are still there.
  func ourSubvolumes() throws -> [Substring] {
    try SystemCommandRunner()
      .text(of: Command("btrfs", "subvolume", "list", device.mountPoint.string))
      .split(separator: "\n").filter { $0.contains(".stillpoint") }
  }

  /// The locks that are in the repository.
  func locks() throws -> [String] {
    let folder = device.workingDirectory.appending("repository/locks").string
    return try FileManager.default.contentsOfDirectory(atPath: folder)
  }

  private static func fill(_ folder: FilePath) throws {
    var random = SystemRandomNumberGenerator()
    for number in 0..<64 {
      let words = (0..<(1 << 17)).map { _ in random.next() }
      let data = words.withUnsafeBytes { Data($0) }
      try data.write(to: URL(filePath: folder.appending("file-\(number)").string))
    }
  }

  private static func startWriter(in folder: FilePath) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = [
      "-c",
      """
      import itertools, os, sys
      file = open(sys.argv[1] + "/busy", "wb", buffering=0)
      for number in itertools.count():
          file.seek(number % 256 * 4096)
          file.write(number.to_bytes(8, "little") * 512)
      """,
      folder.string,
    ]
    try process.run()
    return process
  }

  private static func stop(_ process: Process) {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}

/// Waits until `condition` holds, at most `seconds`.
func holds(within seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
  let end = Date(timeIntervalSinceNow: seconds)
  while Date() < end {
    if try condition() { return true }
    usleep(10_000)
  }
  return try condition()
}

/// Whether a process runs: not stopped, not traced.
func isRunning(_ process: Int32) -> Bool {
  let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
  let lines = status.split(separator: "\n")
  let state = lines.first { $0.hasPrefix("State:") } ?? ""
  let tracer = lines.first { $0.hasPrefix("TracerPid:") } ?? ""
  return !state.isEmpty && !state.contains("T (") && !state.contains("t (")
    && tracer.split(separator: "\t").last == "0"
}

/// The processes whose parent is `process`.
func children(of process: Int32) -> [Int32] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return names.compactMap { Int32($0) }.filter { candidate in
    let text = (try? String(contentsOfFile: "/proc/\(candidate)/stat", encoding: .utf8)) ?? ""
    // After the name, which may hold anything: state, then the parent.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    return fields.count > 1 && Int32(fields[1]) == process
  }
}
