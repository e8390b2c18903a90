import Foundation
import Machine
import TestSupport
import Testing

@Suite(.requires(tool: "restic")) struct `Keys` {
  /// A program with another password.
  private func with(_ password: String, _ program: Program) -> Program {
    var program = program
    program.environment["RESTIC_PASSWORD"] = password
    return program
  }

  private func keys(_ program: Program) throws -> [[String: Any]] {
    let json = try program.succeed("key", "list", "--json")
    let keys = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]]
    )
    return keys.sorted { "\($0["id"] ?? "")" < "\($1["id"] ?? "")" }
  }

  @Test func `are added as restic adds them, listed the same and removed`() throws {
    try Twins.with { twins in
      let file = twins.directory.appending("new")
      try Twins.write(file, "second\n")
      let options = ["--new-password-file", file.string, "--user", "who", "--host", "where"]
      let added = try twins.ours.run(arguments: ["key", "add"] + options)
      #expect(Twins.withoutIDs(added.output).hasPrefix("saved new key with ID -----"))
      #expect(added.error == "")
      try with("second", twins.witness).succeed("snapshots")
      #expect(try twins.witness.succeed("key", "list").contains("  who   where  "))
      // Old versions of restic say only the first 8 digits.
      if let version = ResticVersion.installed, version >= Twins.today {
        #expect(try NSArray(array: keys(twins.ours)) == NSArray(array: keys(twins.witness)))
      }
      let lines = try twins.ours.succeed("key", "list").split(separator: "\n")
      #expect(
        try lines.sorted() == twins.witness.succeed("key", "list").split(separator: "\n").sorted()
      )
      let all = try keys(twins.ours)
      let ids = try [true, false].map { isCurrent in
        try #require(all.first { $0["current"] as? Bool == isCurrent }?["id"] as? String)
      }
      let refused = try twins.ours.run("key", "remove", ids[0])
      #expect(refused.status == 1)
      #expect(
        refused.error.contains("refusing to remove key currently used to access repository")
      )
      let id = ids[1]
      #expect(
        try twins.ours.succeed("key", "remove", String(id.prefix(9))) == "removed key \(id)\n"
      )
      #expect(try with("second", twins.witness).run("snapshots").status != 0)
      #expect(try twins.ours.run("key", "remove", "dead").status == 1)
      #expect(try twins.ours.run("key", "remove").status == 1)
      try twins.witness.succeed("check")
    }
  }

  @Test func `change their password, and the old one is gone`() throws {
    try Twins.with { twins in
      let file = twins.directory.appending("new")
      try Twins.write(file, "\u{feff}changed\n")
      let outcome = try twins.ours.run("key", "passwd", "--new-password-file", file.string)
      #expect(outcome.output.hasPrefix("saved new key as <Key of "))
      #expect(try twins.ours.run("snapshots").status == 12)
      let new = with("changed", twins.ours)
      #expect(try keys(new).count == 1)
      try with("changed", twins.witness).succeed("check")
      // A password that isn't one changes nothing.
      try Twins.write(file, "\n")
      let empty = try new.run("key", "passwd", "--new-password-file", file.string)
      #expect(empty.status == 1)
      #expect(empty.error.contains("--new-insecure-no-password"))
      let both = try new.run(
        "key",
        "passwd",
        "--new-insecure-no-password",
        "--new-password-file",
        file.string
      )
      #expect(both.status == 1)
      let missing = try new.run("key", "add", "--new-password-file", "/nowhere/at/all")
      #expect(missing.error.contains("/nowhere/at/all does not exist"))
      #expect(try keys(new).count == 1)
    }
  }

  @Test func `may have no password`() throws {
    try Twins.with { twins in
      try twins.ours.succeed("key", "add", "--new-insecure-no-password")
      var open = with("", twins.ours)
      #expect(try open.run("snapshots", "--insecure-no-password").status == 0)
      open.path = twins.witness.path
      let version = try #require(ResticVersion.installed)
      if version >= ResticVersion(0, 17) {
        #expect(try open.run("snapshots", "--insecure-no-password").status == 0)
      }
    }
  }

  @Test(.requires(tool: "python3")) func `are asked for twice on a terminal`() throws {
    try Twins.with { twins in
      func type(_ answers: String...) throws -> Program.Outcome {
        var python = Program("/usr/bin/python3")
        python.environment = twins.ours.environment
        let command = [twins.ours.path.string, "key", "add"]
        return try python.run(
          arguments: ["-c", Self.typist, answers.joined(separator: ",")] + command
        )
      }
      let typed = try type("fresh", "fresh")
      #expect(typed.status == 0, "\(typed)")
      #expect(typed.output.contains("enter new password: "))
      #expect(typed.output.contains("enter password again: "))
      #expect(!typed.output.contains("fresh"))
      try with("fresh", twins.witness).succeed("snapshots")
      let mistyped = try type("one", "other")
      #expect(mistyped.status == 1)
      #expect(mistyped.output.contains("passwords do not match"))
      #expect(try keys(twins.ours).count == 2)
    }
  }

  /// Runs a command on a terminal and answers its questions: `typist answer,answer command…`.
  private static let typist = """
    import os, pty, sys
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.argv[2], sys.argv[2:])
    answers = sys.argv[1].split(",")
    seen = b""
    while True:
        try:
            piece = os.read(terminal, 1000)
        except OSError:
            break
        if not piece:
            break
        seen += piece
        if answers and seen.endswith(b": "):
            os.write(terminal, answers.pop(0).encode() + b"\\n")
    sys.stdout.write(seen.decode(errors="replace"))
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """
}
