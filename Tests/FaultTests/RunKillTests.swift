import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"), .requires(tool: "btrfs"))
struct `Being killed while another program runs` {
  /// Two programs that read the still tree for ever, with a name that nobody else has.
  private func guest(_ volume: BusyVolume) throws -> String {
    let script = volume.device.workingDirectory.appending("guest").string
    let loop = "while :; do cat \"$1\"/* > /dev/null; done"
    try Data("#!/bin/sh\n(\(loop)) & touch \"$0.ready\"; \(loop)\n".utf8)
      .write(to: URL(filePath: script))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script)
    return script
  }

  private func start(_ volume: BusyVolume) throws -> (RunningProgram, script: String) {
    let script = try guest(volume)
    try? FileManager.default.removeItem(atPath: script + ".ready")
    // Not through pipes: what is killed could leave a reader of them. Whoever starts tests in the
    // background has them ignore SIGINT.
    var shell = Program("/bin/sh")
    shell.environment = volume.stillpoint.environment
    let words = [
      "-c", "exec env --default-signal=INT \"$@\" > /dev/null 2>&1", "sh",
      volume.stillpoint.path.string, "run",
      "--source", volume.source.string, "--", script, volume.source.string,
    ]
    return (try shell.start(words), script)
  }

  /// The processes with `script` in their command line.
  private func processes(of script: String) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { number in
      let text = FileManager.default.contents(atPath: "/proc/\(number)/cmdline") ?? Data()
      return String(decoding: text, as: UTF8.self).contains(script)
    }
  }

  private func expectNothingLeft(_ volume: BusyVolume, _ script: String, _ comment: Comment) throws
  {
    #expect(holds(within: 20) { processes(of: script).isEmpty }, comment)
    #expect(try holds(within: 20) { try volume.ourSubvolumes().isEmpty }, comment)
    #expect(holds(within: 20) { volume.isWriterRunning }, comment)
    let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
    #expect(!mounts.contains(".stillpoint"), comment)
  }

  @Test func `leaves no process, no mount and no volume snapshot`() throws {
    try BusyVolume.with { volume in
      for point in 0..<10 {
        let (main, script) = try start(volume)
        if point >= 5 {
          _ = holds(within: 10) { FileManager.default.fileExists(atPath: script + ".ready") }
        }
        usleep(UInt32(point % 5 * 40_000))
        kill(main.processID, SIGKILL)
        _ = main.wait()
        try expectNothingLeft(volume, script, "point \(point)")
      }
    }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `by a signal passes it on, and ends after the program`(signal: Int32) throws {
    try BusyVolume.with { volume in
      let (main, script) = try start(volume)
      #expect(holds(within: 20) { FileManager.default.fileExists(atPath: script + ".ready") })
      kill(main.processID, signal)
      #expect(main.wait().status == 128 + signal)
      try expectNothingLeft(volume, script, "signal \(signal)")
    }
  }

  @Test func `only the keeper or the program leaves nothing either`() throws {
    try BusyVolume.with { volume in
      for isKeeper in [true, false] {
        let (main, script) = try start(volume)
        #expect(holds(within: 20) { FileManager.default.fileExists(atPath: script + ".ready") })
        let guests = processes(of: script).filter { children(of: main.processID).contains($0) }
        let keepers = children(of: main.processID).filter { !guests.contains($0) }
        if isKeeper {
          for keeper in keepers { kill(keeper, SIGKILL) }
          usleep(100_000)
          #expect(main.isRunning)
          kill(main.processID, SIGTERM)
        } else {
          for guest in guests { kill(guest, SIGKILL) }
        }
        #expect(main.wait().status == 128 + (isKeeper ? SIGTERM : SIGKILL))
        try expectNothingLeft(volume, script, "keeper \(isKeeper)")
      }
    }
  }
}
