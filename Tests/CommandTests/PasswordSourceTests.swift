import Foundation
import Machine
import TestSupport
import Testing

@Suite struct `Where the password comes from` {
  private func withRepository(_ body: (Sandbox, Program) throws -> Void) throws {
    try Sandbox.with { sandbox in
      try sandbox.stillpoint.succeed("init")
      var program = sandbox.stillpoint
      program.environment["RESTIC_PASSWORD"] = ""
      try body(sandbox, program)
    }
  }

  @Test func `from a file, a command and the environment`() throws {
    try withRepository { sandbox, program in
      try sandbox.write("password", "\u{feff}  sesame\n")
      try program.succeed("snapshots", "-p", sandbox.path("password"))
      try program.succeed("snapshots", "--password-command", "sh -c 'echo sesame'")
      for (name, value) in [
        ("RESTIC_PASSWORD_FILE", sandbox.path("password")),
        ("RESTIC_PASSWORD_COMMAND", "printf sesame"), ("STILLPOINT_PASSWORD", "sesame"),
        ("STILLPOINT_PASSWORD_FILE", sandbox.path("password")),
      ] {
        var other = program
        other.environment[name] = value
        #expect(try other.run("snapshots").status == 0, "\(name)")
      }
    }
  }

  @Test func `our variables win over restic's, and the command line over both`() throws {
    try withRepository { _, program in
      var other = program
      other.environment["RESTIC_PASSWORD"] = "wrong"
      other.environment["STILLPOINT_PASSWORD"] = "sesame"
      try other.succeed("snapshots")
      other.environment["STILLPOINT_PASSWORD"] = "wrong"
      #expect(try other.run("snapshots").status == 12)
      #expect(try other.run("snapshots", "--password-command", "echo sesame").status == 0)
      other.environment["STILLPOINT_REPOSITORY"] = "/nowhere/at/all"
      #expect(try other.run("snapshots").status == 10)
    }
  }

  @Test func `what fails is said, and the password is not`() throws {
    try withRepository { sandbox, program in
      let status = try program.run("snapshots", "--password-command", "sh -c 'exit 3' geheim")
      #expect(status.status == 1)
      #expect(status.error.contains("sh ended with status 3"))
      #expect(!status.error.contains("geheim"))
      let missing = try program.run("snapshots", "--password-command", "no-such-program-7")
      #expect(missing.error.contains("can't start no-such-program-7"))
      let file = try program.run("snapshots", "-p", "/nowhere/at/all")
      #expect(file.error.contains("/nowhere/at/all does not exist"))
      let empty = try program.run("snapshots", "--password-command", "true")
      #expect(empty.status == 1)
      #expect(empty.error.contains("an empty password is not allowed"))
    }
  }

  @Test func `none at all, when that is asked for`() throws {
    try Sandbox.with { sandbox in
      var program = sandbox.stillpoint
      program.environment["RESTIC_PASSWORD"] = ""
      try program.succeed("init", "--insecure-no-password")
      try program.succeed("snapshots", "--insecure-no-password")
      #expect(try program.run("snapshots").status == 1)
    }
  }
}
