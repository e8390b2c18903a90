import RepositoryFormat
import Testing

@Suite struct `Times` {
  @Test(
    arguments: [
      (0, 0, 0, "1970-01-01T00:00:00Z"), (0, 1, 0, "1970-01-01T00:00:00.000000001Z"),
      (0, 120_000_000, 3600, "1970-01-01T01:00:00.12+01:00"),
      (-1, 999_999_999, -12_600, "1969-12-31T20:29:59.999999999-03:30"),
      (951_782_400, 0, 0, "2000-02-29T00:00:00Z"), (4_107_542_400, 0, 0, "2100-03-01T00:00:00Z"),
      (-2_177_452_800, 0, 0, "1901-01-01T00:00:00Z"),
      (7_258_118_400, 0, 20_700, "2200-01-01T05:45:00+05:45"),
      (-62_167_219_200, 0, 0, "0000-01-01T00:00:00Z"),
      (253_402_300_799, 0, 0, "9999-12-31T23:59:59Z"),
      (0, 0, -39_600, "1969-12-31T13:00:00-11:00"), (0, 0, 50_400, "1970-01-01T14:00:00+14:00"),
    ] as [(Int64, UInt32, Int32, String)]
  )
  func `are written and read as Go does`(
    seconds: Int64,
    nanoseconds: UInt32,
    offset: Int32,
    text: String
  ) {
    let time = NodeTime(seconds: seconds, nanoseconds: nanoseconds, utcOffset: offset)
    #expect(formatRFC3339Nano(time) == text)
    #expect(parseRFC3339(text) == time)
  }

  @Test(
    arguments: [
      (-12_652, "1969-12-31T20:29:08-03:30"), (-2670, "1969-12-31T23:15:30-00:44"),
      (-44, "1969-12-31T23:59:16+00:00"), (75, "1970-01-01T00:01:15+00:01"),
    ] as [(Int32, String)]
  )
  func `lose a zone's seconds, and keep the written text`(offset: Int32, text: String) {
    #expect(formatRFC3339Nano(NodeTime(seconds: 0, nanoseconds: 0, utcOffset: offset)) == text)
    guard let time = parseRFC3339(text), time.utcOffset != 0 else { return }
    #expect(formatRFC3339Nano(time) == text)
  }

  @Test(
    arguments: [
      (-62_167_219_201, "0000-12-31T23:59:59Z"), (253_402_300_800, "9999-01-01T00:00:00Z"),
      (253_407_398_400, "9999-03-01T00:00:00Z"), (Int64.max, nil), (Int64.min, nil),
    ] as [(Int64, String?)]
  )
  func `have four digits for the year, whatever it is`(seconds: Int64, text: String?) {
    for offset in [0, Int32.max, Int32.min] as [Int32] {
      let time = NodeTime(seconds: seconds, nanoseconds: 0, utcOffset: offset)
      let written = formatRFC3339Nano(time)
      if let text, offset == 0 { #expect(written == text) }
      #expect(written.dropFirst(4).first == "-")
    }
  }

  @Test func `every day from year 0 to 9999 comes back`() {
    let first: Int64 = -62_167_219_200
    for day in stride(from: Int64(0), to: 3_652_425, by: 17) {
      let time = NodeTime(seconds: first + day * 86_400 + day % 86_400, nanoseconds: 7)
      #expect(parseRFC3339(formatRFC3339Nano(time)) == time)
    }
  }

  @Test(arguments: [
    "", "1970", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-13-01T00:00:00Z",
    "1970-00-01T00:00:00Z", "1970-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "1970-01-00T00:00:00Z",
    "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.Z",
    "1970-01-01T00:00:00+1:00", "1970-01-01T00:00:00+0100", "1970-01-01T00:00:00+01:60",
    "1970-01-01T00:00:00ZZ", "1970-01-01T00:00:00z", "-970-01-01T00:00:00Z",
    "1970-01-01T00:00:00.5",
  ])
  func `that are none are refused`(text: String) {
    #expect(parseRFC3339(text) == nil)
  }

  @Test func `may have more decimals than we keep`() {
    let expected = NodeTime(seconds: 0, nanoseconds: 123_456_789)
    #expect(parseRFC3339("1970-01-01T00:00:00.1234567899999Z") == expected)
  }
}
