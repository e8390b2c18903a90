import Machine
import Testing

@Suite struct `The program zfs` {
  @Test func `answers with properties between tabs`() {
    let output = """
      tank/my data\tguid\t4263854267061288581
      tank/my data\tstillpoint:run\t-
      tank/a@x\tguid\t1817742625285740423
      tank/a@x\tstillpoint:run\tabc

      """
    #expect(
      ZFS.properties(parsing: Array(output.utf8)) == [
        "tank/my data": ["guid": "4263854267061288581"],
        "tank/a@x": ["guid": "1817742625285740423", "stillpoint:run": "abc"],
      ]
    )
    #expect(ZFS.properties(parsing: Array("no tabs\n\n".utf8)) == [:])
  }

  @Test func `lists holds`() {
    let output = "tank/a@x\tmine\tThu Nov 26 01:31 2026\ntank/a@x\ttheirs\tThu Nov 26 01:31 2026\n"
    #expect(ZFS.holds(parsing: Array(output.utf8)) == ["tank/a@x": ["mine", "theirs"]])
  }

  @Test func `says how full pools are`() {
    #expect(ZFS.capacities(parsing: Array("tank\t93\nother\t-\n\n".utf8)) == ["tank": 93])
  }

  @Test func `is asked in its words`() {
    #expect(
      ZFS.get(["guid", "a:b"], of: ["tank", "tank/x@y"]).description
        == "zfs get -Hp -o name,property,value guid,a:b tank tank/x@y"
    )
    #expect(ZFS.destroy("tank@x").description == "zfs destroy tank@x")
  }

  @Test func `that was started by somebody else is waited for`() throws {
    #expect(
      try waitForEnd(
        ofProgramsGiven: "no such argument \(UInt64.random(in: 0 ... .max))",
        atMost: .zero
      )
    )
    let own = CommandLine.arguments[0]
    #expect(try !waitForEnd(ofProgramsGiven: own, atMost: .milliseconds(50)))
  }
}
