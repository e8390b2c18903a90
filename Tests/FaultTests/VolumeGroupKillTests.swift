import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized, .requiresTestMachine)
struct `Being killed during a backup of logical volumes` {
  private let tools = SystemCommandRunner()

  /// Calls `body` with a thick and a thin logical volume that a program writes to, and what others
  /// made with names that begin like ours.
  private func with(_ body: (Busy) throws -> Void) throws {
    try TestVolumeGroup.with { group in
      try group.createPool("pool", sizeMiB: 800)
      let thick = try group.create("thick", "ext4", sizeMiB: 400)
      let thin = try group.create("thin", "xfs", sizeMiB: 400, inPool: "pool")
      for origin in ["thick", "thin"] {
        let size = origin == "thick" ? ["-l", "4"] : []
        let create =
          ["-qys", "-n", "stillpoint_\(origin)"] + size + [
            "--addtag", "stillpoint", "\(group.name)/\(origin)",
          ]
        try tools.run(Command("lvcreate", arguments: create))
      }
      let script = "while true; do echo more >> '\(thick)/log'; echo more >> '\(thin)/log'; done"
      let writer = try Program("/bin/sh").start(["-c", script])
      defer {
        kill(writer.processID, SIGKILL)
        _ = writer.wait()
      }
      for folder in [thick, thin] {
        let file = "of=\(folder)/random"
        try tools.run(Command("dd", "if=/dev/urandom", file, "bs=1M", "count=4"))
      }
      var stillpoint = Program.stillpoint
      stillpoint.environment = [
        "STILLPOINT_REPOSITORY": group.workingDirectory.appending("repository").string,
        "STILLPOINT_PASSWORD": "volume test",
        "STILLPOINT_STATE_DIR": group.workingDirectory.appending("state").string,
        "STILLPOINT_CACHE_DIR": group.workingDirectory.appending("cache").string,
      ]
      try stillpoint.succeed("init")
      try body(
        Busy(
          group: group,
          sources: [thick.string, thin.string],
          stillpoint: stillpoint,
          writer: writer.processID
        )
      )
    }
  }

  private struct Busy {
    let group: TestVolumeGroup
    let sources: [String]
    let stillpoint: Program
    let writer: Int32

    func start() throws -> RunningProgram {
      try stillpoint.start(["backup", "--force", "--max-pause", "60s"] + sources)
    }

    /// Whether nothing of ours is left, nobody is stopped, and the others' are untouched.
    func isClean() throws -> Bool {
      let text = try String(contentsOfFile: "/proc/\(writer)/status", encoding: .utf8)
      let isStopped = text.contains("T (") || text.contains("t (")
      return try group.ourSnapshots().isEmpty && group.suspendedDevices().isEmpty && !isStopped
        && group.volumes().count { ["stillpoint_thick", "stillpoint_thin"].contains($0.name) } == 2
    }

    func expectClean(_ comment: Comment, afterNextStart isRestarting: Bool = true) throws {
      if try !holds(within: 30, isClean), isRestarting {
        try stillpoint.succeed("doctor", "--repair")
      }
      #expect(try isClean(), comment)
      let devices = BlockDevices().mapped().map(\.name)
      #expect(!devices.contains { $0.contains("stillpoint_") && $0.contains("-real") }, comment)
    }
  }

  /// Waits until the backup has started `lvcreate` for the `count`th time.
  private func lvcreate(of backup: RunningProgram, number count: Int) -> Int32? {
    var seen: [Int32] = []
    _ = holds(within: 120) {
      for child in children(of: backup.processID) where !seen.contains(child) {
        let name = try? String(contentsOfFile: "/proc/\(child)/comm", encoding: .utf8)
        if name == "lvcreate\n" { seen.append(child) }
      }
      return seen.count == count || !backup.isRunning
    }
    return seen.count == count ? seen.last : nil
  }

  @Test func `of lvcreate leaves nothing and nobody waiting`() throws {
    try with { busy in
      for number in 1...2 {
        for point in 0..<6 {
          let backup = try busy.start()
          let found = lvcreate(of: backup, number: number)
          usleep(UInt32(point * (number == 1 ? 500_000 : 150_000)))
          if let found { kill(found, SIGKILL) }
          let outcome = backup.wait()
          // Read live then, and a writer may change a file each time.
          #expect([0, 1, 3].contains(outcome.status), "\(number), point \(point): \(outcome)")
          try busy.expectClean("\(number), point \(point)", afterNextStart: false)
        }
      }
    }
  }

  @Test func `of the main process leaves nothing`() throws {
    try with { busy in
      let begin = Date()
      _ = try busy.start().wait()
      let length = Date().timeIntervalSince(begin)
      for point in 1...8 {
        let backup = try busy.start()
        usleep(UInt32(length * Double(point) / 9 * 1_000_000))
        kill(backup.processID, SIGKILL)
        _ = backup.wait()
        try busy.expectClean("point \(point)")
      }
      try busy.stillpoint.succeed("check", "--read-data")
    }
  }

  @Test func `of all processes at once leaves nothing after the next start`() throws {
    try with { busy in
      for number in 1...2 {
        for point in 0..<4 {
          let backup = try busy.start()
          _ = lvcreate(of: backup, number: number)
          usleep(UInt32(point * (number == 1 ? 800_000 : 200_000)))
          // The keeper and lvcreate are children too.
          for process in [backup.processID] + children(of: backup.processID) {
            kill(process, SIGKILL)
          }
          _ = backup.wait()
          try busy.stillpoint.succeed("doctor", "--repair")
          try busy.expectClean("\(number), point \(point)", afterNextStart: false)
        }
      }
    }
  }

  @Test func `of the keeper lets writers go and is no instant or tried again`() throws {
    try with { busy in
      for point in 0..<4 {
        let backup = try busy.start()
        _ = lvcreate(of: backup, number: 1)
        usleep(UInt32(point * 700_000))
        for process in children(of: backup.processID) {
          let name = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)
          if name == "stillpoint-keep\n" { kill(process, SIGKILL) }
        }
        let outcome = backup.wait()
        #expect([0, 1].contains(outcome.status), "point \(point): \(outcome)")
        try busy.expectClean("point \(point)")
      }
    }
  }
}
