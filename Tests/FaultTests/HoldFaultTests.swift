import Foundation
import Machine
import TestSupport
import Testing

/// Whatever hangs, fails or is killed while something is held: nothing stays held.
@Suite(.serialized, .requiresRoot, .requires(tool: "mkfs.btrfs"))
struct `What is held when something goes wrong` {
  private struct Place {
    var source: FilePath
    var hooks: FilePath
    var stillpoint: Program

    /// A program that freezes something of its own.
    func addHook(_ name: String, _ script: String) throws {
      let path = hooks.appending(name)
      let text = "#!/bin/sh\necho \(name) $1 >> '\(log)'\n\(script)\n"
      try LocalFiles.replace(path, with: Array(text.utf8))
      try LocalFiles.setMode(path, 0o755)
    }

    var log: FilePath { hooks.appending(".log") }

    /// What hooks were called for.
    var calls: [String] {
      let bytes = (try? LocalFiles.read(log)) ?? []
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func backUp(_ options: String...) throws -> Program.Outcome {
      try stillpoint.run(
        arguments: ["backup", "--json", "--force", "--max-pause", "20s"] + options
          + [source.string]
      )
    }
  }

  private func with(_ body: (Place) throws -> Void) throws {
    try LoopDevice.with("btrfs") { device in
      let place = Place(
        source: device.mountPoint.appending("source"),
        hooks: device.workingDirectory.appending("hooks"),
        stillpoint: try Program.stillpoint(withRepositoryIn: device.workingDirectory)
      )
      try LocalFiles.makeDirectory(place.source)
      try LocalFiles.makeDirectory(place.hooks)
      try LocalFiles.replace(place.source.appending("file"), with: [1, 2, 3])
      try body(place)
    }
  }

  private func grade(_ outcome: Program.Outcome) -> String? {
    let parts = outcome.output.components(separatedBy: "\"grade\":\"")
    return parts.count > 1 ? parts[1].components(separatedBy: "\"").first : nil
  }

  @Test func `a hook that does what it should`() throws {
    try with { place in
      try place.addHook("a", "")
      let outcome = try place.backUp("--hold-max", "20s", "--hooks", place.hooks.string)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(grade(outcome) == "application", "\(outcome)")
      #expect(place.calls == ["a freeze", "a thaw"])
    }
  }

  @Test func `a hook that hangs when it is to freeze is thawed and named`() throws {
    try with { place in
      try place.addHook("a", "[ $1 = thaw ] || sleep 1000")
      let outcome = try place.backUp("--hooks", place.hooks.string)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(grade(outcome) == "instant", "\(outcome)")
      #expect(outcome.output.contains("didn't end within"), "\(outcome)")
      #expect(place.calls == ["a freeze", "a thaw"])
    }
  }

  @Test func `a hook that hangs and keeps nothing of ours is ended too`() throws {
    try with { place in
      try place.addHook("a", "exec > /dev/null 2>&1\n[ $1 = thaw ] || sleep 1000")
      let outcome = try place.backUp("--hooks", place.hooks.string)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(grade(outcome) == "instant", "\(outcome)")
      #expect(place.calls == ["a freeze", "a thaw"])
    }
  }

  @Test func `a hook may leave a program in the background that ends when it thaws`() throws {
    try with { place in
      let pid = place.hooks.appending(".pid")
      try place.addHook(
        "a",
        "if [ $1 = freeze ]; then sleep 1000 & echo $! > '\(pid)'; else kill $(cat '\(pid)'); fi"
      )
      let outcome = try place.backUp("--hold-max", "20s", "--hooks", place.hooks.string)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(grade(outcome) == "application", "\(outcome)")
      #expect(place.calls == ["a freeze", "a thaw"])
      let process = try #require(
        ProcessID(
          String(decoding: LocalFiles.read(pid), as: UTF8.self)
            .filter { !$0.isWhitespace }
        )
      )
      #expect(holds(within: 5) { !isRunning(process) })
    }
  }

  @Test func `a hook that hangs when it is to thaw is ended, and the others are thawed`() throws {
    try with { place in
      try place.addHook("a", "")
      try place.addHook("b", "[ $1 = freeze ] || sleep 1000")
      let outcome = try place.backUp("--hold-max", "6s", "--hooks", place.hooks.string)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.error.contains("the hook \(place.hooks)/b could not be let go"), "\(outcome)")
      #expect(place.calls == ["a freeze", "b freeze", "b thaw", "a thaw"])
      // It is still written down, so that the next start tries again.
      try place.addHook("b", "")
      try place.stillpoint.succeed("doctor", "--repair")
      #expect(place.calls.last == "b thaw")
    }
  }

  @Test(arguments: [false, true]) func `being killed`(withKeeper: Bool) throws {
    try with { place in
      try place.addHook("a", "")
      // The second one takes its time, so that there is time to be killed in.
      try place.addHook("b", "[ $1 = thaw ] || sleep 1")
      let backup = try place.stillpoint.start([
        "backup", "--force", "--quiet", "--hold-max", "20s", "--hooks", place.hooks.string,
        place.source.string,
      ])
      #expect(holds(within: 20) { place.calls.contains("b freeze") })
      let keepers = children(of: backup.processID)
      if withKeeper { for keeper in keepers { kill(keeper, SIGKILL) } }
      kill(backup.processID, SIGKILL)
      _ = backup.wait()
      if withKeeper {
        // Nobody is left to do it: the next start does.
        let outcome = try place.stillpoint.run("doctor", "--repair")
        #expect(outcome.output.contains("hook") || outcome.error.contains("hook"), "\(outcome)")
      }
      #expect(holds(within: 20) { Set(place.calls).isSuperset(of: ["a thaw", "b thaw"]) })
      // Who thawed them crosses it out in the journal after that.
      #expect(try holds(within: 20) { try place.stillpoint.run("doctor").status == 0 })
    }
  }

  /// What stays held when nobody lets it go.
  enum Lasting: String, CaseIterable, Sendable { case process, group, fileSystem }

  /// Calls `body` with the option that holds something, and with what tells whether it is free.
  private func with(
    _ kind: Lasting,
    _ body: ([String], _ isFree: () -> Bool) throws -> Void
  ) throws {
    if kind == .fileSystem {
      return try LoopDevice.with("ext4", sizeMiB: 64) { device in
        let file = device.mountPoint.appending("file")
        try body(["--fsfreeze", device.mountPoint.string]) {
          guard let writer = try? Program("/bin/sh").start(["-c", "echo > '\(file)'"]) else {
            return false
          }
          let isFree = holds(within: 20) { !writer.isRunning }
          // Nobody else would end it.
          if !isFree { _ = try? thawFileSystem(of: device.mountPoint) }
          _ = writer.wait()
          return isFree
        }
      }
    }
    if kind == .group {
      return try withSleepingGroup { folder in
        let group = try #require(ControlGroup(folder: folder))
        try body(["--freeze", "group:\(folder)"]) { !group.isFrozen }
      }
    }
    let sleeper = try Program("/bin/sleep").start(["1000"])
    defer {
      kill(sleeper.processID, SIGKILL)
      _ = sleeper.wait()
    }
    try body(["--freeze", "pid:\(sleeper.processID)"]) { isRunning(sleeper.processID) }
  }

  @Test(arguments: Lasting.allCases.filter { $0 != .group || hasFreezer }, [false, true])
  func `being killed while something is held lets it go`(
    _ kind: Lasting,
    withKeeper: Bool
  ) throws {
    try with { place in
      try with(kind) { option, isFree in
        for point in 0..<8 {
          let words = ["backup", "--force", "--quiet"] + option + [place.source.string]
          let backup = try place.stillpoint.start(words)
          if kind == .fileSystem {
            usleep(UInt32(200_000 + point * 20_000))
          } else {
            _ = holds(within: 5) { !isFree() || !backup.isRunning }
            usleep(UInt32(point * 3_000))
          }
          if withKeeper { for keeper in children(of: backup.processID) { kill(keeper, SIGKILL) } }
          kill(backup.processID, SIGKILL)
          _ = backup.wait()
          if withKeeper { _ = try place.stillpoint.run("doctor", "--repair") }
          let isLetGo = kind == .fileSystem ? isFree() : holds(within: 20) { isFree() }
          #expect(isLetGo, "point \(point)")
        }
      }
    }
  }

  @Test func `what isn't there ends the backup, and nothing is held`() throws {
    try with { place in
      try place.addHook("a", "")
      for option in ["unit:no-such-unit", "container:none", "pid:4194303", "group:/none"] {
        let outcome = try place.backUp(
          "--hooks",
          place.hooks.string,
          "--freeze",
          option
        )
        #expect(outcome.status == 1, "\(option): \(outcome)")
        #expect(!outcome.error.isEmpty)
      }
      let missing = try place.backUp("--fsfreeze", "/nowhere")
      #expect(missing.status == 1 && missing.error.contains("there is no /nowhere"), "\(missing)")
      #expect(place.calls.count { $0.hasSuffix("freeze") } == 0)
      let file = try place.backUp("--fsfreeze", place.source.string)
      #expect(grade(file) == "instant", "\(file)")
      #expect(file.output.contains("only ext4 and XFS"), "\(file)")
    }
  }
}
