import Foundation
import Machine
import TestSupport
import Testing

@Suite struct `Exit status and errors` {
  @Test func `a missing repository is 10, a wrong password is 12`() throws {
    try Sandbox.with { sandbox in
      let missing = try sandbox.stillpoint.run("snapshots")
      #expect(missing.status == 10)
      #expect(missing.error.contains("repository does not exist"))
      #expect(missing.error.contains("Is there a repository at the following location?"))
      try sandbox.stillpoint.succeed("init")
      var wrong = sandbox.stillpoint
      wrong.environment["RESTIC_PASSWORD"] = "simsalabim"
      let refused = try wrong.run("snapshots", "--json")
      #expect(refused.status == 12)
      let message = try Sandbox.objects(refused.error)[0]
      #expect(message["message_type"] as? String == "exit_error")
      #expect(message["code"] as? Int == 12)
      #expect(message["message"] as? String == "Fatal: wrong password or no key found")
    }
  }

  @Test func `a repository without keys is 12 and says so`() throws {
    try Sandbox.with { sandbox in
      try sandbox.stillpoint.succeed("init")
      try FileManager.default.removeItem(atPath: sandbox.path("repository/keys"))
      try FileManager.default.createDirectory(
        atPath: sandbox.path("repository/keys"),
        withIntermediateDirectories: false
      )
      let outcome = try sandbox.stillpoint.run("snapshots")
      #expect(outcome.status == 12)
      #expect(outcome.error.contains("has no key"))
    }
  }

  @Test func `init refuses a repository that exists`() throws {
    try Sandbox.with { sandbox in
      try sandbox.stillpoint.succeed("init")
      let again = try sandbox.stillpoint.run("init")
      #expect(again.status == 1)
      #expect(again.error.contains("config file already exists"))
    }
  }

  @Test(arguments: [
    (["snapshots", "-r", "a", "--repository-file", "b"], "mutually exclusive"),
    (["snapshots", "--compression", "strong"], "invalid compression mode"),
    (["snapshots", "--pack-size", "3"], "pack size smaller than minimum"),
    (["snapshots", "--pack-size", "129"], "pack size larger than limit"),
    (["snapshots", "--retry-lock", "soon"], "--retry-lock"),
    (["snapshots", "-qv"], "--quiet and --verbose"),
    (["snapshots", "-g", "colour"], "unknown grouping option"),
    (["snapshots", "--password-command", "x", "--password-file", "y"], "mutually exclusive"),
    (["snapshots", "--insecure-no-password"], "must not be specified together"),
    (["snapshots", "-r", "sftpx:host:/path"], "invalid backend"),
    (["snapshots", "-r", "s3:host/bucket"], "storage of kind 's3' is not supported"),
    (["snapshots", "--limit-upload", "fast"], "invalid argument"),
    (["bogus"], "unknown command \"bogus\""),
    (["snapshots", "--bogus"], "unknown flag: --bogus"),
    (["init", "extra"], "expects no arguments"),
    (["init", "--repository-version", "7"], "between 1 and 2"),
    (["ls"], "no snapshot ID specified"),
    (["ls", "latest", "relative"], "must be absolute"),
    (["cat"], "type not specified"),
    (["cat", "foo"], "invalid type \"foo\""),
    (["cat", "snapshot"], "ID not specified"),
    (["restore"], "no snapshot ID specified"),
    (["restore", "a", "b"], "more than one snapshot ID specified"),
    (["restore", "latest"], "please specify a directory to restore to"),
    (["restore", "latest", "-t", "x", "-i", "a", "-e", "b"], "mutually exclusive"),
    (["restore", "latest", "-t", "x", "--overwrite", "perhaps"], "invalid overwrite behavior"),
    (["check", "--read-data", "--read-data-subset", "1/2"], "cannot be used together"),
    (["check", "--read-data-subset", "3/2"], "n <= t"),
    (["check", "--read-data-subset", "0%"], "above 0.0%"),
    (["backup"], "nothing to backup"),
    (["backup", "/nowhere/at/all"], "all source directories/files do not exist"),
    (["backup", "/etc/hosts", "--require", "perfect"], "--require"),
    (["backup", "/etc/hosts", "--snapshot-policy", "maybe"], "--snapshot-policy"),
    (["backup", "/etc/hosts", "--max-pause", "2"], "--max-pause"),
    (["backup", "/etc/hosts", "--hold-max", "2"], "--hold-max"),
    (["backup", "/etc/hosts", "--quiesce", "all"], "auto"),
    (["backup", "/etc/hosts", "--time", "noon"], "error in time option"),
    (["backup", "/etc/hosts", "-e", "[a"], "invalid pattern(s) provided"),
    (["backup", "/etc/hosts", "--exclude-file", "/nowhere"], "failed to read patterns"),
    (["backup", "/etc/hosts", "--exclude-larger-than", "big"], "--exclude-larger-than"),
    (["backup", "/etc/hosts", "--read-concurrency", "many"], "--read-concurrency"),
  ])
  func `what makes no sense ends with 1 and says why`(arguments: [String], text: String) throws {
    try Sandbox.with { sandbox in
      let outcome = try sandbox.stillpoint.run(arguments: arguments)
      #expect(outcome.status == 1)
      #expect(outcome.error.contains(text), "\(outcome.error)")
      #expect(outcome.error.hasPrefix("Fatal: ") || arguments[0] == "backup")
    }
  }

  @Test(arguments: [
    ("RESTIC_COMPRESSION", "strong"), ("RESTIC_PACK_SIZE", "big"),
    ("STILLPOINT_COMPRESSION", "strong"),
  ])
  func `a variable that makes no sense is named`(name: String, value: String) throws {
    try Sandbox.with { sandbox in
      var program = sandbox.stillpoint
      program.environment[name] = value
      let outcome = try program.run("snapshots")
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("invalid value for \(name) \"\(value)\""))
    }
  }

  @Test(.requiresRoot)
  func `a repository that can't be written to is read with --no-lock, and says so`() throws {
    try Sandbox.with { sandbox in
      try sandbox.stillpoint.succeed("init")
      let repository = sandbox.path("repository")
      try Program("/usr/bin/mount").succeed("--bind", "-o", "ro", repository, repository)
      defer { try? unmount(FilePath(repository)) }
      let refused = try sandbox.stillpoint.run("snapshots")
      #expect(refused.status == 1)
      #expect(refused.error.contains("unable to create lock in backend"))
      #expect(refused.error.contains("\nwhat can't be written to is read with --no-lock"))
      try sandbox.stillpoint.succeed("snapshots", "--no-lock")
    }
  }

  @Test func `help ends with 0`() throws {
    let stillpoint = Program.stillpoint
    for arguments in [[], ["--help"], ["-h"], ["help"], ["help", "backup"]] {
      let outcome = try stillpoint.run(arguments: arguments)
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("USAGE"))
    }
    let help = try stillpoint.succeed("backup", "--help")
    #expect(help.contains("Exit status is 20 if the required grade was not reached"))
  }

  @Test func `every option that help names is read`() throws {
    try Sandbox.with { sandbox in
      // No repository can be there, nor be made.
      var program = sandbox.stillpoint
      program.environment["RESTIC_REPOSITORY"] = sandbox.path("source/a/b")
      for command in [
        "init", "backup", "restore", "snapshots", "ls", "check", "unlock", "cat", "clone",
      ] {
        let help = try program.succeed("help", command)
        let options = help.matches(of: /(?m)^  (?:-\w, )?--([a-z-]+)( <)?/).map { match in
          "--\(match.output.1)" + (match.output.2 == nil ? "" : "=7")
        }
        let own = options.filter { $0 != "--help" && $0 != "--quiet" }
        let outcome = try program.run(arguments: [command] + own)
        #expect(outcome.status == 1)
        #expect(!outcome.error.contains("unknown flag"), "\(command): \(outcome.error)")
        #expect(!outcome.error.contains("Unknown option"), "\(command): \(outcome.error)")
      }
    }
  }
}
