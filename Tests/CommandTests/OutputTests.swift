import Machine
import RepositoryFormat
import StillpointCommands
import Testing

private struct Layer: ExplainedError {
  let description: String
  var cause: (any Error)?
  var hint: String?
}

@Suite struct `What is written` {
  @Test func `an error says what, why and what to do`() {
    let first = Layer(description: "no space", hint: "make room")
    let error = Layer(
      description: "can't freeze /srv",
      cause: Layer(description: "lvcreate failed", cause: first)
    )
    #expect(
      ErrorText(error).lines == [
        "Fatal: can't freeze /srv: lvcreate failed: no space", "make room",
      ]
    )
    #expect(ErrorText(error).line == "can't freeze /srv: lvcreate failed: no space")
  }

  @Test func `an error that repeats its cause is said once`() {
    let error = Layer(description: "same", cause: Layer(description: "same"))
    #expect(ErrorText(error).lines == ["Fatal: same"])
  }

  @Test(arguments: [
    (UInt64(0), "0 B"), (1023, "1023 B"), (1024, "1.000 KiB"), (1694, "1.654 KiB"),
    (314_586_025, "300.013 MiB"), (5 << 30, "5.000 GiB"), (1 << 40, "1.000 TiB"),
  ])
  func `sizes look like restic's`(count: UInt64, text: String) {
    #expect(Quantity.bytes(count) == text)
  }

  @Test func `times look like restic's`() {
    #expect(Quantity.time(.milliseconds(7900)) == "0:07")
    #expect(Quantity.time(.seconds(3723)) == "1:02:03")
    #expect(Quantity.time(.seconds(754)) == "12:34")
    let time = NodeTime(seconds: 1_795_244_547, nanoseconds: 418_980_400, utcOffset: 0)
    #expect(Moment(time).long == "2026-11-21 07:02:27.4189804 +0000 UTC")
    #expect(Moment(NodeTime(seconds: 0, nanoseconds: 0)).long == "1970-01-01 00:00:00 +0000 UTC")
  }

  @Test(arguments: [
    "", "2020-01-01", "2020-01-01 10:00", "2020-02-30 10:00:00", "2020-1-1 10:00:00",
    "2020-01-01 24:00:00", "yesterday", "2020-01-01  10:00:00",
  ])
  func `a time that isn't one is refused`(text: String) {
    #expect(Moment.parse(text) == nil)
  }

  @Test func `a time is read in local time`() throws {
    let time = try #require(Moment.parse("2020-01-31 10:00:05"))
    #expect(Moment(time).short == "2020-01-31 10:00:05")
  }

  @Test func `JSON is laid out with two spaces`() {
    let json = Array(#"{"a":[1,{"b":"},\""}],"c":{},"d":[]}"#.utf8)
    let expected = """
      {
        "a": [
          1,
          {
            "b": "},\\""
          }
        ],
        "c": {},
        "d": []
      }
      """
    #expect(String(decoding: indented(json), as: UTF8.self) == expected)
  }
}
