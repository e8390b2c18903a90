import Foundation
import Machine
import TestSupport
import Testing

@Suite struct `Generating` {
  @Test(arguments: ["bash", "fish", "zsh"])
  func `completion scripts know the commands`(shell: String) throws {
    try Sandbox.with { sandbox in
      let script = try sandbox.stillpoint.succeed("generate", "--\(shell)-completion", "-")
      for word in ["backup", "rewrite", "passwd", "new-password-file"] {
        #expect(script.contains(word), "\(word)")
      }
      let file = sandbox.path("completion")
      let outcome = try sandbox.stillpoint.run("generate", "--\(shell)-completion", file)
      #expect(outcome.output == "")
      #expect(try String(contentsOfFile: file, encoding: .utf8) == script)
    }
  }

  @Test func `manual pages are written for every command`() throws {
    try Sandbox.with { sandbox in
      let outcome = try sandbox.stillpoint.run("generate", "--man", sandbox.directory.string)
      #expect(
        outcome.output == "writing man pages to directory \(sandbox.directory)\n",
        "\(outcome)"
      )
      for name in ["stillpoint", "stillpoint-tag", "stillpoint-key-add"] {
        let page = try String(contentsOfFile: sandbox.path("\(name).1"), encoding: .utf8)
        #expect(page.hasPrefix(".TH \"\(name.uppercased())\""))
        #expect(page.contains(".SH \"USAGE\"\n.nf\nstillpoint"))
        #expect(page.contains("\\-\\-help"))
      }
      for name in try FileManager.default.contentsOfDirectory(atPath: sandbox.directory.string)
      where name.hasSuffix(".1") {
        let page = try String(contentsOfFile: sandbox.path(name), encoding: .utf8)
        let words = page.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(!words.contains(/\(default: [^)]*\) \(default:/), "\(name) says it twice")
      }
      let tag = try String(contentsOfFile: sandbox.path("stillpoint-tag.1"), encoding: .utf8)
      #expect(tag.contains("stillpoint\\-tag \\- Modify tags on snapshots."))
    }
  }

  @Test(arguments: [
    ([], "nothing to do, please specify at least one output file/dir"), (["x"], "no arguments"),
    (["--bash-completion", "-", "--zsh-completion", "-"], "for single shell only"),
    (["--man", "/nowhere/at/all"], "/nowhere/at/all"),
  ])
  func `nothing, or too much, is refused`(arguments: [String], text: String) throws {
    let outcome = try Program.stillpoint.run(arguments: ["generate"] + arguments)
    #expect(outcome.status == 1)
    #expect(outcome.error.contains(text))
  }

  @Test(.requires(tool: "restic")) func `feature flags are listed as restic lists them`() throws {
    let ours = try Program.stillpoint.succeed("features")
    #expect(ours.hasPrefix("All Feature Flags:\nName "))
    if let version = ResticVersion.installed, version >= ResticVersion(0, 19) {
      #expect(try ours == Program.restic?.succeed("features"))
    }
    #expect(try Program.stillpoint.succeed("options").hasPrefix("All Extended Options:\n  local."))
  }
}
