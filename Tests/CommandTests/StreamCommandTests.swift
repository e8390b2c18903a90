import Machine
import TestSupport
import Testing

@Suite struct `Backing up what a command writes` {
  @Test func `fails when the command does, whoever started us`() throws {
    try Sandbox.withRepository { sandbox in
      // As some daemons do: the kernel then tells nobody how a program ended.
      var env = sandbox.stillpoint
      env.path = "/usr/bin/env"
      let outcome = try env.run(
        arguments: ["--ignore-signal=CHLD", sandbox.stillpoint.path.string, "backup"]
          + ["--stdin-from-command", "--", "sh", "-c", "echo half; exit 3"]
      )
      #expect(outcome.status == 1, "\(outcome)")
      #expect(try sandbox.stillpoint.succeed("snapshots", "--json") == "[]\n")
    }
  }

  @Test func `ends with the command, whatever else goes on complaining`() throws {
    try Sandbox.withRepository { sandbox in
      let script = "timeout 600 yes >&2 & echo all"
      let length = try ContinuousClock().measure {
        try sandbox.stillpoint.succeed(
          arguments: ["backup", "--stdin-from-command", "--", "sh", "-c", script]
        )
      }
      #expect(length < .seconds(300))
      #expect(try sandbox.stillpoint.succeed("dump", "latest", "stdin") == "all\n")
    }
  }
}
