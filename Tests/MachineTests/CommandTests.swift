import Machine
import TestSupport
import Testing

@Suite struct `Running a program` {
  let tools = SystemCommandRunner()

  @Test func `its output is returned`() throws {
    #expect(try tools.text(of: Command("echo", "a", "b c")) == "a b c")
  }

  @Test func `messages are in the C locale`() throws {
    #expect(try tools.text(of: Command("sh", "-c", "echo $LC_ALL")) == "C")
  }

  @Test func `a bad end carries the status and what it said`() throws {
    let command = Command("sh", "-c", "echo no >&2; exit 3")
    let error = try #require(throws: CommandError.self) { try tools.run(command) }
    #expect(error.description == "sh -c echo no >&2; exit 3 ended with status 3: no")
  }

  @Test func `an unknown program is not started`() throws {
    let error = try #require(throws: CommandError.self) {
      try tools.run(Command("stillpoint-no-such-tool"))
    }
    #expect(error.description == "can't start stillpoint-no-such-tool")
    #expect((error.cause as? SystemCallError)?.errno == .noSuchFileOrDirectory)
  }

  @Test func `much output on both pipes does not block it`() throws {
    let script = "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; head -c 5 /dev/zero"
    #expect(try tools.run(Command("sh", "-c", script)).count == 300_005)
  }

  @Test func `output without end is cut`() throws {
    var tools = SystemCommandRunner()
    tools.outputMax = 1 << 20
    let error = try #require(throws: CommandError.self) { try tools.run(Command("yes")) }
    guard case .tooMuchOutput = error.reason else {
      Issue.record("ended with \(error)")
      return
    }
  }
}

@Suite struct `A loop device` {
  @Test(.requiresRoot, .requires(tool: "mkfs.ext4"))
  func `is mounted while it is used, and gone afterwards`() throws {
    let used = try LoopDevice.with("ext4", sizeMiB: 16) { loop in
      try SystemCommandRunner().run(
        Command("touch", loop.mountPoint.appending("file").string)
      )
      return loop
    }
    #expect(throws: SystemCallError.self) { try fileMetadata(of: used.workingDirectory) }
  }
}
