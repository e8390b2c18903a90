import Foundation
import Machine
import Quiescing
import Synchronization
import TestSupport
import Testing

/// Remembers what was written down.
private final class RememberedHolds: HoldRecord {
  private let holds = Mutex<(now: [LastingHold], all: [LastingHold])>(([], []))
  var now: [LastingHold] { holds.withLock { $0.now } }
  var all: [LastingHold] { holds.withLock { $0.all } }

  func note(_ hold: LastingHold) {
    holds.withLock {
      $0.now.append(hold)
      $0.all.append(hold)
    }
  }

  func drop(_ hold: LastingHold) { holds.withLock { $0.now.removeAll { $0 == hold } } }
}

@Suite struct `What is held because somebody asked for it` {
  private func write(_ text: String, to path: FilePath) throws {
    try LocalFiles.replace(path, with: Array(text.utf8))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path.string)
  }

  private func text(_ path: FilePath) -> String {
    (try? LocalFiles.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private func quiescers(_ request: HoldRequest, _ record: RememberedHolds) throws -> [any Quiescer]
  {
    try Quiescing.quiescers(for: [request], record: record) { _ in nil }
  }

  private var soon: ContinuousClock.Instant { .now.advanced(by: .seconds(20)) }

  @Test func `hooks are called in the order of their names, and thawed in reverse`() throws {
    try withTemporaryDirectory { folder in
      let log = folder.appending("log")
      let hooks = folder.appending("hooks")
      try LocalFiles.makeDirectory(hooks)
      for name in ["20-second", "10-first"] {
        try write("#!/bin/sh\necho \(name) $1 >> '\(log)'\n", to: hooks.appending(name))
      }
      try LocalFiles.replace(hooks.appending("README"), with: Array("no program".utf8))
      let record = RememberedHolds()
      var options = QuiesceOptions()
      options.lengthMax = .seconds(20)
      let applications = Applications(try quiescers(.hooks(hooks), record), options)
      try applications.prepare(Interruption())
      #expect(record.now.count == 2)
      applications.hold()
      applications.releaseInPause()
      #expect(text(log) == "10-first freeze\n20-second freeze\n")
      applications.release()
      #expect(
        text(log)
          == "10-first freeze\n20-second freeze\n20-second thaw\n10-first thaw\n"
      )
      #expect(record.now == [])
      #expect(applications.results.allSatisfy { $0.reason == nil })
    }
  }

  @Test func `a hook that hangs or fails is thawed, named, and holds nobody up`() throws {
    try withTemporaryDirectory { hooks in
      let log = hooks.appending(".log")
      try write("#!/bin/sh\necho a $1 >> '\(log)'\n[ $1 = thaw ]\n", to: hooks.appending("a"))
      try write(
        "#!/bin/sh\necho b $1 >> '\(log)'\n[ $1 = thaw ] || sleep 1000\n",
        to: hooks.appending("b")
      )
      let record = RememberedHolds()
      let applications = Applications(try quiescers(.hooks(hooks), record), QuiesceOptions())
      try applications.prepare(Interruption())
      let length = ContinuousClock().measure {
        applications.hold()
        applications.release()
      }
      #expect(length < .seconds(20))
      #expect(applications.results.map { $0.reason != nil } == [true, true])
      #expect(
        Set(text(log).split(separator: "\n")) == ["a freeze", "a thaw", "b freeze", "b thaw"]
      )
      #expect(record.now == [])
    }
  }

  @Test func `a hook that was removed is asked for nothing, however often`() throws {
    try LastingHold.hook("/nowhere").letGo(isAbandoned: true)
    #expect(throws: CommandError.self) { try LastingHold.hook("/nowhere").letGo() }
  }

  @Test func `a process is stopped, and goes on`() throws {
    let sleeper = try Program("/bin/sh").start(["-c", "while :; do :; done"])
    defer { kill(sleeper.processID, SIGKILL) }
    let identity = try #require(try ProcessIdentity(number: sleeper.processID))
    let record = RememberedHolds()
    let quiescer = try #require(quiescers(.process(sleeper.processID), record).first)
    try quiescer.prepare()
    #expect(record.now == [.process(identity.number, started: identity.started)])
    try quiescer.hold(until: soon)
    #expect(identity.isStopped)
    quiescer.release()
    quiescer.release()
    #expect(becomes(false) { identity.isStopped })
    #expect(record.now == [])
    // As the next start does it after we were killed.
    try identity.stop()
    #expect(becomes(true) { identity.isStopped })
    try LastingHold.process(identity.number, started: identity.started &+ 1).letGo()
    #expect(identity.isStopped)
    try LastingHold.process(identity.number, started: identity.started).letGo()
    #expect(becomes(false) { identity.isStopped })
  }

  /// Whether it is so soon: a signal takes a moment.
  private func becomes(_ wanted: Bool, _ state: () -> Bool) -> Bool {
    for _ in 0..<3000 {
      if state() == wanted { return true }
      usleep(1000)
    }
    return false
  }

  @Test(.requiresRoot, .requiresFreezer) func `a control group is frozen, and thawed`() throws {
    try withSleepingGroup { folder in
      let group = try #require(ControlGroup(folder: folder))
      let record = RememberedHolds()
      let quiescer = try #require(quiescers(.group(folder), record).first)
      try quiescer.prepare()
      #expect(record.now == [.group(folder)])
      try quiescer.hold(until: soon)
      #expect(group.isFrozen)
      let again = try #require(quiescers(.group(folder), record).first)
      #expect(throws: QuiesceError.self) { try again.prepare() }
      quiescer.release()
      #expect(!group.isFrozen)
      try group.freeze()
      try LastingHold.group(folder).letGo()
      #expect(!group.isFrozen)
    }
  }

  @Test(.requiresRoot, .requires(tool: "mkfs.ext4"))
  func `a file system is frozen, and thawed`() throws {
    try LoopDevice.with("ext4", sizeMiB: 64) { device in
      let record = RememberedHolds()
      let quiescer = try #require(quiescers(.fileSystem(device.mountPoint), record).first)
      try quiescer.prepare()
      try quiescer.hold(until: soon)
      let writer = try Program("/bin/sh").start(["-c", "echo > '\(device.mountPoint)/file'"])
      usleep(300_000)
      #expect(writer.isRunning)
      quiescer.release()
      #expect(writer.wait().status == 0)
      try freezeFileSystem(of: device.mountPoint)
      try LastingHold.fileSystem(device.mountPoint).letGo()
      try LastingHold.fileSystem(device.mountPoint).letGo()
    }
  }
}
