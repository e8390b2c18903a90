import RepositoryFormat
import TestSupport
import Testing

@Suite struct `Quoting names` {
  static func quoted(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.withUnsafeBytes { goQuoted($0) }, as: UTF8.self)
  }

  @Test(arguments: [
    ("plain name.txt", "plain name.txt"), ("it's", "it's"), ("a\"b\\c", #"a\"b\\c"#),
    ("\u{7}\u{8}\t\n\u{b}\u{c}\r", #"\a\b\t\n\v\f\r"#), ("\u{1}\u{1f}\u{7f}", #"\x01\x1f\x7f"#),
    ("\u{80}\u{a0}\u{ad}", #"\u0080\u00a0\u00ad"#), ("\u{feff}\u{2028}", #"\ufeff\u2028"#),
    ("ü😀日\u{fffd}", "ü😀日\u{fffd}"), ("\u{e000}\u{10ffff}", #"\ue000\U0010ffff"#), ("", ""),
  ])
  func `is Go's`(name: String, quoted: String) {
    #expect(Self.quoted(Array(name.utf8)) == quoted)
    #expect(goUnquoted(Array(quoted.utf8)) == Array(name.utf8))
  }

  @Test(
    arguments: [
      ([0xff, 0x41], #"\xffA"#), ([0xed, 0xa0, 0x80], #"\xed\xa0\x80"#),
      ([0xc0, 0x80], #"\xc0\x80"#),
      ([0xe2, 0x82], #"\xe2\x82"#), ([0xf4, 0x90, 0x80, 0x80], #"\xf4\x90\x80\x80"#),
      ([0xe2, 0x82, 0x41], #"\xe2\x82A"#), ([0x80], #"\x80"#),
      ([0xf0, 0x9f, 0x98], #"\xf0\x9f\x98"#),
    ] as [([UInt8], String)]
  )
  func `keeps bytes that are no UTF-8`(name: [UInt8], quoted: String) {
    #expect(Self.quoted(name) == quoted)
    #expect(goUnquoted(Array(quoted.utf8)) == name)
  }

  @Test func `leaves exactly those characters alone that Go leaves alone`() throws {
    let ranges = try Fixtures.json("go-isprint-ranges.json", as: [[UInt32]].self)
    var index = 0
    for value in UInt32(0x80)...0x10ffff {
      guard let scalar = Unicode.Scalar(value) else { continue }
      while index < ranges.count, value > ranges[index][1] { index += 1 }
      let isPrintable = index < ranges.count && value >= ranges[index][0]
      let bytes = Array(UTF8.encode(scalar) ?? .init())
      if (bytes.withUnsafeBytes { goQuoted($0) } == bytes) != isPrintable {
        Issue.record("U+\(String(value, radix: 16))")
      }
    }
  }

  @Test func `any bytes come back`() {
    var random = SeededRandom(seed: 11)
    for _ in 0..<2000 {
      let name = random.bytes(Int.random(in: 0...40, using: &random))
      #expect(goUnquoted(name.withUnsafeBytes { goQuoted($0) }) == name)
    }
  }

  @Test(
    arguments: [
      (#"\101\377\000"#, [0x41, 0xff, 0]), (#"\u00e9"#, [0xc3, 0xa9]),
      (#"\U0001F600"#, [0xf0, 0x9f, 0x98, 0x80]),
      (#"\xFF"#, [0xff]),
    ] as [(String, [UInt8])]
  )
  func `undoes what others may write`(quoted: String, name: [UInt8]) {
    #expect(goUnquoted(Array(quoted.utf8)) == name)
  }

  @Test(arguments: [
    #"\"#, #"\q"#, #"\x"#, #"\xf"#, #"\xg0"#, #"\u12"#, #"\ud800"#, #"\U00110000"#, #"\400"#,
    #"\1"#,
    #"\12"#, #"\189"#, #"\'"#,
  ])
  func `refuses escapes that Go refuses`(quoted: String) {
    #expect(goUnquoted(Array(quoted.utf8)) == nil)
  }
}
