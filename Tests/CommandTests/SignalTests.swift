import Foundation
import Machine
import TestSupport
import Testing

@Suite(.serialized) struct `Signals and closed pipes` {
  /// A backup of a large file that has just locked its repository.
  private func withLongBackup(
    _ options: String...,
    body: (Sandbox, RunningProgram) throws -> Void
  ) throws {
    try Sandbox.with { sandbox in
      try sandbox.stillpoint.succeed("init")
      let script = "head -c 200M /dev/urandom > \"$0/large\""
      try Program("/bin/sh").succeed("-c", script, sandbox.source)
      let running = try sandbox.stillpoint.start(
        ["backup", "--json", "--snapshot-policy", "off"] + options + [sandbox.source]
      )
      while running.isRunning, try sandbox.locks().isEmpty { usleep(5000) }
      try body(sandbox, running)
    }
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `a stopped backup is 130 and leaves no lock`(signal: Int32) throws {
    // So slow that it is at work when the signal comes.
    try withLongBackup("--limit-upload", "4096") { sandbox, running in
      kill(running.processID, signal)
      let outcome = running.wait()
      let (locks, snapshots) = try (sandbox.locks(), sandbox.stillpoint.succeed("snapshots"))
      #expect(outcome.status == 130)
      #expect(locks == [])
      #expect(snapshots == "")
    }
  }

  @Test func `a hangup changes nothing`() throws {
    try withLongBackup { sandbox, running in
      kill(running.processID, SIGHUP)
      let outcome = running.wait()
      let locks = try sandbox.locks()
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(locks == [])
    }
  }

  @Test func `nobody reads any more`() throws {
    try Sandbox.with { sandbox in
      try sandbox.stillpoint.succeed("init")
      try sandbox.backUp()
      var shell = Program("/bin/sh")
      shell.environment = sandbox.stillpoint.environment
      let outcome = try shell.run("-c", "\(sandbox.stillpoint.path) ls latest | true")
      #expect(outcome.error == "")
      #expect(try sandbox.locks() == [])
      let full = try shell.run("-c", "\(sandbox.stillpoint.path) ls latest > /dev/full")
      #expect(full.status == 1)
      #expect(full.error.contains("No space left on device"))
    }
  }

  @Test func `a backup without standard streams is a backup`() throws {
    try Sandbox.withRepository { sandbox in
      var shell = Program("/bin/sh")
      shell.environment = sandbox.stillpoint.environment
      let path = sandbox.stillpoint.path.string
      for streams in ["<&- >&- 2>&-", "2>&-", ">&-"] {
        let script = "timeout 300 \"$0\" backup --json \"$1\" \(streams)"
        let outcome = try shell.run("-c", script, path, sandbox.source)
        #expect(outcome.status == 0, "\(streams): \(outcome)")
      }
      let empty = try shell.run("-c", "timeout 300 \"$0\" backup --stdin <&-", path)
      #expect(empty.status == 3 && empty.error.contains("no data read"), "\(empty)")
      #expect(try sandbox.stillpoint.succeed("snapshots").contains("4 snapshots"))
      try sandbox.stillpoint.succeed("check", "--read-data")
    }
  }
}

extension Sandbox {
  fileprivate func locks() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path("repository/locks"))
  }
}
