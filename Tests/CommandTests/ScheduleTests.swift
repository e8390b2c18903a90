import Foundation
import Machine
import StillpointCommands
import TestSupport
import Testing

@Suite struct `A schedule` {
  /// Writes a schedule of `sandbox` into a folder of its own.
  private func schedule(_ sandbox: Sandbox, _ options: String...) throws -> Program.Outcome {
    try schedule(sandbox, options)
  }

  private func schedule(_ sandbox: Sandbox, _ options: [String]) throws -> Program.Outcome {
    try sandbox.write("password", "sesame\n")
    var program = sandbox.stillpoint
    program.environment["RESTIC_PASSWORD"] = ""
    program.environment["RESTIC_PASSWORD_FILE"] = sandbox.path("password")
    return try program.run(
      arguments: ["schedule", "--directory", sandbox.path("units"), "backup", sandbox.source]
        + options
    )
  }

  private func makeFolder(_ sandbox: Sandbox) throws {
    try FileManager.default.createDirectory(
      atPath: sandbox.path("units"),
      withIntermediateDirectories: false
    )
  }

  private func text(_ sandbox: Sandbox, _ name: String) throws -> String {
    try String(contentsOfFile: sandbox.path("units/\(name)"), encoding: .utf8)
  }

  @Test func `begins the same backup every night`() throws {
    try Sandbox.with { sandbox in
      try makeFolder(sandbox)
      let outcome = try schedule(sandbox, "-e", "a b%$c", "--prove-timeout", "1h")
      #expect(outcome.status == 0, "\(outcome)")
      let service = try text(sandbox, "stillpoint-backup.service")
      let lines = service.split(separator: "\n").map(String.init)
      #expect(lines.contains("Environment=RESTIC_REPOSITORY=\(sandbox.path("repository"))"))
      #expect(lines.contains("Environment=STILLPOINT_STATE_DIR=\(sandbox.path("state"))"))
      #expect(lines.contains("LoadCredential=password:\(sandbox.path("password"))"))
      #expect(lines.contains("Environment=RESTIC_PASSWORD_FILE=%d/password"))
      #expect(lines.contains("RequiresMountsFor=\(sandbox.path("repository"))"))
      let start = try #require(lines.first { $0.hasPrefix("ExecStart=/") })
      #expect(
        start.hasSuffix(
          "/stillpoint backup \"--exclude=a b%%$$c\" --prove-timeout=1h \(sandbox.source)"
        )
      )
      #expect(lines.contains { $0.hasPrefix("ExecStopPost=/") && $0.hasSuffix(" doctor --repair") })
      let timer = try text(sandbox, "stillpoint-backup.timer")
      #expect(timer.contains("OnCalendar=*-*-* 03:00:00\nPersistent=true\n"))
      #expect(timer.contains("RandomizedDelaySec=30min\n"))
      #expect(!service.contains("sesame"))
      #expect(lines.contains("KillMode=control-group"))
      let capabilities = try #require(lines.first { $0.hasPrefix("CapabilityBoundingSet=") })
      for name in ["SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE"] {
        #expect(capabilities.contains("CAP_\(name)"))
      }
      for name in ["Private", "Protect", "ReadOnly", "ReadWrite", "DeviceAllow", "SUIDSGID"] {
        #expect(!service.contains(name), "the service must see what people see")
      }
    }
  }

  @Test func `is shown without root and without writing anything`() throws {
    try Sandbox.with { sandbox in
      let outcome = try schedule(sandbox, "--print", "--name", "x", "--at", "hourly")
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output.hasPrefix("# \(sandbox.path("units"))/stillpoint-x.service\n"))
      #expect(outcome.output.contains("OnCalendar=hourly\n"))
      #expect(!FileManager.default.fileExists(atPath: sandbox.path("units")))
    }
  }

  @Test func `is replaced and removed, but never what others wrote`() throws {
    try Sandbox.with { sandbox in
      try makeFolder(sandbox)
      #expect(try schedule(sandbox).status == 0)
      #expect(try schedule(sandbox, "--at", "hourly", "--at", "Mon 12:00").status == 0)
      #expect(
        try text(sandbox, "stillpoint-backup.timer")
          .contains("OnCalendar=hourly\nOnCalendar=Mon 12:00\n")
      )
      try sandbox.write("units/stillpoint-theirs.timer", "[Timer]\n")
      let refused = try schedule(sandbox, "--name", "theirs")
      #expect(refused.status == 1 && refused.error.contains("was not written by stillpoint"))
      #expect(try schedule(sandbox, "--name", "theirs", "--remove").status == 1)
      #expect(try text(sandbox, "stillpoint-theirs.timer") == "[Timer]\n")
      let removed = try schedule(sandbox, "--remove", "--json")
      #expect(
        try Sandbox.objects(removed.output)[0]["message_type"] as? String == "schedule_removed"
      )
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: sandbox.path("units")) == [
          "stillpoint-theirs.timer"
        ]
      )
      #expect(try schedule(sandbox, "--remove").status == 1)
    }
  }

  @Test(arguments: [
    (["--at", "never ever"], "--at"), (["--random-delay", "long"], "--random-delay"),
    (["--max-pause", "x"], "--max-pause"), (["--require", "x"], "--require"),
    (["--group-by", "x"], "--group-by"), (["--dry-run"], "--dry-run"),
    (["--name", "a/b"], "--name"), (["-p", "/nowhere/password"], "does not exist"),
  ])
  func `is refused before anything is written`(options: [String], text: String) throws {
    try Sandbox.with { sandbox in
      try sandbox.write("password", "sesame\n")
      var program = sandbox.stillpoint
      program.environment["RESTIC_PASSWORD"] = ""
      let outcome = try program.run(
        arguments: [
          "schedule", "-p", sandbox.path("password"), "--directory", sandbox.path("units"),
        ]
          + ["backup", sandbox.source] + options
      )
      #expect(outcome.status == 1)
      #expect(outcome.error.contains(text), "\(outcome)")
    }
  }

  @Test func `has no secrets in it and nobody to ask`() throws {
    try Sandbox.with { sandbox in
      let given = try sandbox.stillpoint.run("schedule", "--print", "backup", sandbox.source)
      #expect(given.status == 1 && given.error.contains("--password-file"))
      var program = sandbox.stillpoint
      program.environment["RESTIC_PASSWORD"] = ""
      let asked = try program.run("schedule", "--print", "backup", sandbox.source)
      #expect(asked.status == 1 && asked.error.contains("nobody will be there"))
      program.environment["RESTIC_PASSWORD_COMMAND"] = "pass show backup"
      let command = try program.succeed("schedule", "--print", "backup", sandbox.source)
      #expect(command.contains("Environment=\"RESTIC_PASSWORD_COMMAND=pass show backup\"\n"))
      try sandbox.write("list", "\(sandbox.source)\n.\n")
      let list = try program.run(
        "schedule",
        "--print",
        "backup",
        "--files-from",
        sandbox.path("list")
      )
      #expect(list.status == 1 && list.error.contains("relative path"))
    }
  }

  @Test func `decrypts what ends in cred`() throws {
    try Sandbox.with { sandbox in
      try sandbox.write("p.cred", "x")
      var program = sandbox.stillpoint
      program.environment["RESTIC_PASSWORD"] = ""
      let text = try program.succeed(
        "schedule",
        "--print",
        "-p",
        sandbox.path("p.cred"),
        "backup",
        sandbox.source
      )
      #expect(text.contains("LoadCredentialEncrypted=password:\(sandbox.path("p.cred"))\n"))
    }
  }

  @Test(.requires(tool: "systemd-analyze"), arguments: [[], ["--user"]])
  func `is clean in the eyes of systemd`(options: [String]) throws {
    try Sandbox.with { sandbox in
      try makeFolder(sandbox)
      try sandbox.write("q'u\"o\\te $HOME 100%n/ü", "")
      let outcome = try schedule(sandbox, options + [sandbox.path("q'u\"o\\te $HOME 100%n/ü")])
      #expect(outcome.status == 0, "\(outcome)")
      let analyze = Program(try #require(findTool("systemd-analyze")))
      let verified = try analyze.run(
        arguments: ["verify", "--man=no"]
          + ["service", "timer"].map { sandbox.path("units/stillpoint-backup.\($0)") }
      )
      // It complains of the machine's own units too.
      let complaints = (verified.output + verified.error).split(separator: "\n")
        .filter { $0.contains("stillpoint-backup.") }
      #expect(verified.status == 0 && complaints == [], "\(verified)")
      if !options.isEmpty { return }  // It is judged as root's.
      let exposure = try analyze.run(
        "security",
        "--offline=true",
        "--threshold=70",
        sandbox.path("units/stillpoint-backup.service")
      )
      #expect(exposure.status == 0, "\(exposure.output.suffix(200))")
    }
  }
}
