import StillpointCommands
import Testing

@Suite struct `Reading the command line` {
  private func ordered(_ arguments: String...) throws -> [String] {
    try CommandLineArguments(arguments).ordered
  }

  @Test func `global options may stand before and after the command`() throws {
    let expected = ["snapshots", "--repo=/r", "--json"]
    #expect(try ordered("-r", "/r", "--json", "snapshots") == expected)
    #expect(try ordered("-r", "/r", "snapshots", "--json") == expected)
    #expect(try ordered("snapshots", "--repo", "/r", "--json") == expected)
    #expect(try ordered("--repo=/r", "snapshots", "--json") == expected)
    #expect(try ordered("-r/r", "snapshots", "--json") == expected)
    #expect(try ordered("-r=/r", "snapshots", "--json") == expected)
  }

  @Test func `an option's value is never taken for the command or an option`() throws {
    #expect(try ordered("-r", "backup", "init") == ["init", "--repo=backup"])
    #expect(try ordered("backup", "-e", "-x", "src") == ["backup", "--exclude=-x", "--", "src"])
    #expect(try ordered("backup", "--tag", "--", "a") == ["backup", "--tag=--", "--", "a"])
    #expect(try ordered("backup", "--host", "", "a") == ["backup", "--host", "", "--", "a"])
  }

  @Test func `short options can be joined with each other and with a value`() throws {
    #expect(try ordered("-qv", "ls") == ["ls", "--quiet", "--verbose"])
    #expect(try ordered("-vv", "ls") == ["ls", "--verbose", "--verbose"])
    #expect(try ordered("-vr", "/r", "ls") == ["ls", "--verbose", "--repo=/r"])
    #expect(
      try ordered("backup", "-nxe*.o") == [
        "backup", "--dry-run", "--one-file-system", "--exclude=*.o",
      ]
    )
  }

  @Test func `flags may have values`() throws {
    #expect(try ordered("--json=true", "ls") == ["ls", "--json"])
    #expect(try ordered("--json=false", "ls") == ["ls"])
    #expect(try ordered("--verbose=2", "ls") == ["ls", "--verbose", "--verbose"])
    #expect(try ordered("-v=1", "ls") == ["ls", "--verbose"])
  }

  @Test func `after two hyphens everything is an argument`() throws {
    #expect(
      try ordered("backup", "-n", "--", "-q", "--") == ["backup", "--dry-run", "--", "-q", "--"]
    )
    #expect(try ordered("backup", "-") == ["backup", "--", "-"])
  }

  @Test(arguments: [
    (["snapshots", "-r"], "flag needs an argument: 'r' in -r"),
    (["snapshots", "--repo"], "flag needs an argument: --repo"),
    (["snapshots", "--nonsense"], "unknown flag: --nonsense"),
    (["snapshots", "-qZ"], "unknown shorthand flag: 'Z' in -qZ"),
    (["snapshots", "--json=maybe"], "invalid argument \"maybe\" for \"--json\" flag"),
  ])
  func `what makes no sense is said in restic's words`(arguments: [String], text: String) {
    #expect { try CommandLineArguments(arguments) } throws: { "\($0)" == text }
  }

  @Test func `no short name means two things`() {
    let all =
      OptionTable.valued.values.compactMap { $0 } + OptionTable.flags.values.compactMap { $0 }
    #expect(Set(all).count == all.count)
    #expect(Set(OptionTable.valued.keys).isDisjoint(with: OptionTable.flags.keys))
  }

  @Test(arguments: [
    [], Array("plain".utf8), [0x61, 0xff, 0x62], [0xc3], [0xed, 0xa0, 0x80], Array("é".utf8),
    [0xf4, 0x8f, 0x9c, 0x80], [0xf0, 0x9f, 0x98],
  ])
  func `arguments keep their bytes`(bytes: [UInt8]) {
    #expect(ByteText.bytes(ByteText.text(bytes)) == bytes)
  }

  @Test(arguments: [
    ("0", Duration.zero), ("500ms", .milliseconds(500)), ("2s", .seconds(2)),
    ("1h30m", .seconds(5400)), ("1.5s", .milliseconds(1500)), ("10us", .microseconds(10)),
  ])
  func `lengths of time are written as in Go`(text: String, duration: Duration) {
    #expect(parseDuration(text) == duration)
  }

  @Test(arguments: ["", "2", "s", "-1s", "1x", "1h30", "nan", "1e99h"])
  func `other lengths of time are refused`(text: String) {
    #expect(parseDuration(text) == nil)
  }
}
