import Machine
import StillpointCommands
import Testing

@Suite struct `Text in unit files` {
  @Test(arguments: [
    ("/home", "/home"), ("--repo=/mnt/backup", "--repo=/mnt/backup"), ("", "\"\""),
    ("two words", "\"two words\""), ("100%", "\"100%%\""), ("$HOME", "\"$$HOME\""),
    ("a\"b", "\"a\\\"b\""), ("it's", "\"it's\""), ("a\\b", "\"a\\\\b\""), (";", "\";\""),
    ("a\nb\t", "\"a\\x0ab\\x09\""), ("*.o", "\"*.o\""), ("~", "\"~\""), ("#", "\"#\""),
    ("Müller", "\"Müller\""), ("𝄞\u{7f}", "\"𝄞\\x7f\""), ("%n$$%%", "\"%%n$$$$%%%%\""),
  ])
  func `arguments mean what they meant`(argument: String, text: String) {
    #expect(UnitText.argument(Array(argument.utf8)) == text)
  }

  @Test func `arguments that aren't UTF-8 keep their bytes`() {
    #expect(UnitText.argument([0x2f, 0xff, 0x61]) == "\"/\\xffa\"")
    #expect(UnitText.argument([0xc3]) == "\"\\xc3\"")
    #expect(UnitText.argument([0xc3, 0xa4, 0xc3, 0x28]) == "\"ä\\xc3(\"")
    #expect(UnitText.argument([0xed, 0xa0, 0x80]) == "\"\\xed\\xa0\\x80\"")
  }

  @Test func `a dollar sign stands for itself in assignments and programs`() {
    #expect(UnitText.assignment("A", Array("$x %".utf8)) == "\"A=$x %%\"")
    #expect(UnitText.assignment("A", Array("/b".utf8)) == "A=/b")
    #expect(UnitText.program(Array("/opt/$1 %/x".utf8)) == "\"/opt/$1 %%/x\"")
  }

  @Test func `what systemd would drop or refuse is not written`() {
    #expect(UnitText.assignment("A", [0xff]) == nil)
    #expect(UnitText.assignment("A", Array("a\nB=b".utf8)) == nil)
    #expect(UnitText.program(Array("stillpoint".utf8)) == nil)
    #expect(UnitText.program(Array("/a\"b".utf8)) == nil)
    for path in ["relative", "/a ", "/a\\", "/a\nb"] {
      #expect(UnitText.path(Array(path.utf8)) == nil)
    }
    #expect(UnitText.path(Array("/a b\"100%".utf8)) == "/a b\"100%%")
    #expect(UnitText.listedPath(Array("/a b".utf8)) == "\"/a b\"")
    #expect(UnitText.listedPath(Array("/a\\b".utf8)) == nil)
  }

  @Test(arguments: ["", "a b", "../x", "a@b", "ä", "x%n", String(repeating: "x", count: 201)])
  func `names that can't be part of a unit's are refused`(name: String) {
    #expect(throws: UsageError.self) { try UnitNames(name) }
  }

  @Test func `calendar events and time spans stay on their line`() {
    for event in ["03:00", "*-*-* 03:00:00", "Mon..Fri 22:30", "hourly", "*-*~1", "3:0/15"] {
      #expect(TimerUnit.isEvent(event))
    }
    for event in ["", "daily\nPersistent=no", "%n", "03:00;"] {
      #expect(!TimerUnit.isEvent(event))
    }
    for span in ["30min", "0", "1h 30m", "1.5h"] { #expect(TimerUnit.isSpan(span)) }
    for span in ["", "soon", "-1h", "1h\n"] { #expect(!TimerUnit.isSpan(span)) }
  }
}

@Suite struct `A scheduled backup` {
  private func arguments(_ given: String...) throws -> [String] {
    try ScheduledBackup(try CommandLineArguments(["schedule"] + given)) {
      $0.hasPrefix("/") ? $0 : "/here/\($0)"
    }
    .arguments
  }

  @Test func `is the backup without what says when`() throws {
    let found = try arguments("--at", "daily", "--name=x", "backup", "--tag", "a", "/home", "-n=0")
    #expect(found == ["backup", "--tag=a", "/home"])
    #expect(
      try arguments("-p", "word", "backup", "/a", "-x") == ["backup", "--one-file-system", "/a"]
    )
  }

  @Test func `has absolute paths, and patterns as they are`() throws {
    let found = try arguments(
      "backup",
      "-r",
      "local:r",
      "--exclude-file",
      "e",
      "-e",
      "*.o",
      "--files-from=/l",
      "src"
    )
    #expect(
      found == [
        "backup", "--repo=/here/r", "--exclude-file=/here/e", "--exclude=*.o", "--files-from=/l",
        "/here/src",
      ]
    )
  }

  @Test func `holds what is meant here`() throws {
    let given = [
      "--hooks=h", "--fsfreeze=f", "--freeze=group:g", "--freeze=unit:u",
      "--mysql-option-file=m", "--scratch=s",
    ]
    let found = try ScheduledBackup(try CommandLineArguments(["schedule", "backup"] + given)) {
      "/here/\($0)"
    }
    #expect(
      found.arguments == [
        "backup", "--hooks=/here/h", "--fsfreeze=/here/f", "--freeze=group:/here/g",
        "--freeze=unit:u", "--mysql-option-file=/here/m", "--scratch=/here/s",
      ]
    )
  }

  @Test(arguments: [
    ["/home"], [], ["backup", "--dry-run", "/a"],
    ["backup", "--time", "2020-01-01 00:00:00", "/a"],
    ["backup", "--files-from", "-"], ["backup", "-r", "rest:https://me:secret@host/", "/a"],
    ["prune"],
  ])
  func `is refused where it could not work`(given: [String]) throws {
    let arguments = try CommandLineArguments(["schedule"] + given)
    #expect(throws: UsageError.self) { try ScheduledBackup(arguments) { $0 } }
  }

  @Test func `starts its timer anew`() throws {
    let names = try UnitNames("x")
    #expect(
      ServiceManager(isForUser: false).starting(names).map(\.description) == [
        "systemctl daemon-reload", "systemctl enable stillpoint-x.timer",
        "systemctl restart stillpoint-x.timer",
      ]
    )
    #expect(
      ServiceManager(isForUser: true).stopping(names).map(\.description) == [
        "systemctl --user disable --now stillpoint-x.timer"
      ]
    )
  }
}
