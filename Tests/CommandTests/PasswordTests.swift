import StillpointCommands
import Testing

@Suite struct `Passwords` {
  private func words(_ text: String) throws -> [String] {
    try shellWords(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `a command is split as restic splits it`() throws {
    #expect(try words("pass show  backup") == ["pass", "show", "backup"])
    #expect(try words("sh -c 'echo \"a b\"'") == ["sh", "-c", "echo \"a b\""])
    #expect(try words("printf \"it's\"") == ["printf", "it's"])
    #expect(try words(#"a\ b"#) == ["a", "b"])
    #expect(try words(#"a "b\"c""#) == ["a", #"b\"c"#])
  }

  @Test(arguments: [
    ("echo 'a", "single-quoted string not terminated"),
    ("echo \"a", "double-quoted string not terminated"), (" \t", "command string is empty"),
  ])
  func `an unfinished command is refused`(command: String, text: String) {
    #expect { try words(command) } throws: { "\($0)" == text }
  }

  @Test func `a file may begin with a byte order mark, and be UTF-16`() {
    let text = Array("gehéim".utf8)
    #expect(decodedText([0xef, 0xbb, 0xbf] + text) == text)
    let units = Array("gehéim".utf16)
    #expect(
      decodedText([0xff, 0xfe] + units.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }) == text
    )
    #expect(
      decodedText([0xfe, 0xff] + units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }) == text
    )
    #expect(decodedText([0x80, 0x61]) == [0x80, 0x61])
  }

  @Test func `white space around a password in a file doesn't count`() {
    #expect(trimmed(Array(" \t a b\u{a0}\u{3000}\r\n".utf8)) == Array("a b".utf8))
    #expect(trimmed([0x20, 0xff, 0x0a]) == [0xff])
    #expect(trimmed(Array(" \n".utf8)) == [])
  }
}
