import Foundation
import Machine
import TestSupport
import Testing

@Suite struct `Copying one file` {
  private func clone(
    _ sandbox: Sandbox,
    _ arguments: String...
  ) throws -> (outcome: Program.Outcome, message: [String: Any]?) {
    let outcome = try sandbox.stillpoint.run(arguments: ["clone", "--json"] + arguments)
    return (outcome, try Sandbox.objects(outcome.output).first)
  }

  @Test func `says what it did, to people and to programs`() throws {
    try Sandbox.with { sandbox in
      let (from, to) = (sandbox.path("source/a"), sandbox.path("copy"))
      let text = try sandbox.stillpoint.succeed("clone", from, to)
      #expect(text.hasPrefix("copied \(from) to \(to), 6 B\ngrade file, as of "))
      #expect(text.contains("\nmade "))
      let (outcome, message) = try clone(sandbox, from, sandbox.path("copy2"))
      #expect(outcome.status == 0)
      let found = try #require(message)
      #expect(found["message_type"] as? String == "clone")
      #expect(found["source"] as? String == from)
      #expect(found["destination"] as? String == sandbox.path("copy2"))
      #expect(["clone", "lease"].contains(found["method"] as? String))
      #expect(found["grade"] as? String == "file")
      #expect(found["size"] as? Int == 6)
      #expect(found["pause_ms"] is NSNull)
      #expect(found["instant"] is String)
      for name in ["copy", "copy2"] {
        #expect(try LocalFiles.read(sandbox.directory.appending(name)) == Array("hello\n".utf8))
      }
    }
  }

  @Test func `goes into a directory under the file's name, and follows links`() throws {
    try Sandbox.with { sandbox in
      let to = sandbox.path("source/d")
      let message = try clone(sandbox, sandbox.path("source/l"), to).message
      #expect(message?["destination"] as? String == to + "/l")
      #expect(try fileMetadata(of: FilePath(to + "/l")).type == .regular)
      var shell = Program("/bin/sh")
      shell.environment = sandbox.stillpoint.environment
      let script = "cd \"$0\" && \"$1\" clone a b && \"$1\" clone a d/. && cat b d/a"
      let output = try shell.succeed(
        "-c",
        script,
        sandbox.source,
        sandbox.stillpoint.path.string
      )
      #expect(output.hasSuffix("hello\nhello\n"))
    }
  }

  @Test func `replaces nothing without --force, and never what isn't a file`() throws {
    try Sandbox.with { sandbox in
      try sandbox.write("copy", "other")
      let (from, to) = (sandbox.path("source/a"), sandbox.path("copy"))
      let refused = try clone(sandbox, from, to).outcome
      #expect(refused.status == 1)
      #expect(refused.error.contains("exists") && refused.error.contains("--force"))
      #expect(try LocalFiles.read(FilePath(to)) == Array("other".utf8))
      #expect(try clone(sandbox, "--force", from, to).outcome.status == 0)
      #expect(try LocalFiles.read(FilePath(to)) == Array("hello\n".utf8))
      let itself = try clone(sandbox, "-f", from, from).outcome
      #expect(itself.status == 1 && itself.error.contains("it is the file to copy"))
      try Program("/usr/bin/mkfifo").succeed(sandbox.path("fifo"))
      let fifo = try clone(sandbox, "-f", from, sandbox.path("fifo")).outcome
      #expect(fifo.status == 1 && fifo.error.contains("not a regular file"))
      let names = try FileManager.default.contentsOfDirectory(atPath: sandbox.directory.string)
      #expect(names.sorted() == ["copy", "fifo", "source"])
    }
  }

  @Test(arguments: [
    (["/dev/null", "x"], "/dev/null is not a regular file"),
    (["/etc", "x"], "/etc is not a regular file"), (["/nowhere", "x"], "can't read /nowhere"),
    (["/etc/passwd", "/nowhere/x"], "can't make /nowhere/x"),
    (["/etc/passwd"], "expects FILE and DEST"),
    (["/etc/passwd", "a", "b"], "expects FILE and DEST"),
    (["/etc/passwd", "x", "--require", "perfect"], "--require"),
    (["/etc/passwd", "x", "--max-pause", "2"], "--max-pause"),
  ])
  func `ends with 1 when it makes no sense`(arguments: [String], text: String) throws {
    let outcome = try Program.stillpoint.run(arguments: ["clone"] + arguments)
    #expect(outcome.status == 1)
    #expect(outcome.error.contains(text), "\(outcome.error)")
  }

  @Test func `ends with 20 when one file can't have the grade`() throws {
    try Sandbox.with { sandbox in
      let (from, to) = (sandbox.path("source/a"), sandbox.path("copy"))
      let outcome = try clone(sandbox, from, to, "--require", "instant").outcome
      #expect(outcome.status == 20)
      #expect(outcome.error.contains("the grade file at best"))
    }
  }

  @Test func `keeps holes, permissions, times, attributes and odd names`() throws {
    try Sandbox.with { sandbox in
      let script = """
        set -e
        cd "$0"
        name=$(printf 'a\\377b')
        truncate -s 64M "$name"
        echo data | dd of="$name" bs=1M seek=20 conv=notrunc status=none
        chmod 2751 "$name"
        py='import os,sys; f=os.fsencode(sys.argv[1]); '
        /usr/bin/python3 -c "$py os.setxattr(f, b'user.k', b'v')" "$name"
        touch -d '2001-02-03 04:05:06.789' "$name"
        mkdir to
        "$1" clone "$name" to
        cmp "$name" "to/$name"
        /usr/bin/python3 -c "$py print(os.getxattr(f, b'user.k'))" "to/$name"
        stat -c '%a %u %g %.9Y' "$name" "to/$name"
        du -k "to/$name" | cut -f1
        """
      var shell = Program("/bin/sh")
      shell.environment = sandbox.stillpoint.environment
      let lines = try shell.succeed(
        "-c",
        script,
        sandbox.directory.string,
        sandbox.stillpoint.path.string
      )
      .split(separator: "\n").suffix(4)
      #expect(lines.first == "b'v'")
      #expect(lines.dropFirst().first == lines.dropFirst(2).first)
      #expect(lines.dropFirst().first?.hasPrefix("2751 ") == true)
      #expect((lines.last.flatMap { Int($0) } ?? .max) < 1024)
    }
  }

  /// Whether a copy of a large file takes its time, where sandboxes are.
  private static func copiesTakeTime() throws -> Bool {
    try withTemporaryDirectory { !FileSystemKind(at: $0).clonesAtomically }
  }

  @Test(
    .enabled("needs temporary files on a file system without clones") { try copiesTakeTime() },
    arguments: [SIGINT, SIGTERM, SIGKILL]
  )
  func `leaves nothing when it is stopped`(signal: Int32) throws {
    try Sandbox.with { sandbox in
      let from = sandbox.path("large")
      try Program("/bin/sh").succeed("-c", "head -c 300M /dev/zero | tr '\\0' x > \"$0\"", from)
      let to = sandbox.path("to")
      var status: Int32 = 0
      // The copy may be there before the signal is.
      for _ in 0..<20 where status == 0 {
        try? FileManager.default.removeItem(atPath: to)
        try FileManager.default.createDirectory(atPath: to, withIntermediateDirectories: false)
        let running = try sandbox.stillpoint.start(["clone", from, to])
        while running.isRunning, !running.hasOpen(below: to) { usleep(100) }
        kill(running.processID, signal)
        status = running.wait().status
      }
      #expect(status == (signal == SIGKILL ? -SIGKILL : 130))
      #expect(try FileManager.default.contentsOfDirectory(atPath: to) == [])
    }
  }
}

extension RunningProgram {
  /// Whether the program has a file open below a folder.
  fileprivate func hasOpen(below folder: String) -> Bool {
    let links = "/proc/\(processID)/fd"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: links)) ?? []
    return names.contains { name in
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(links)/\(name)")
      return target?.hasPrefix(folder + "/") ?? false
    }
  }
}
