import RepositoryFormat
import StillpointCommands
import Testing

@Suite struct `Times for find` {
  @Test(arguments: [
    ("2026-11-26 14:05:04 +0000", "2026-11-26T14:05:04Z"),
    ("2026-11-26 14:05:04 UTC", "2026-11-26T14:05:04Z"),
    ("26.11.2026 14:05:04 -0730", "2026-11-26T21:35:04Z"),
    ("2026-11-26 14:05:04.25 +0200", "2026-11-26T12:05:04.25Z"),
    ("Thu Nov 26 14:05:04 +0100 CET 2026", "2026-11-26T13:05:04Z"),
    ("2024-02-29 1:00:00 UTC", "2024-02-29T01:00:00Z"),
  ])
  func `have a zone`(text: String, meaning: String) throws {
    let time = try #require(parseTimeText(text))
    #expect(try time.isSameMoment(as: #require(parseRFC3339(meaning))))
  }

  @Test(arguments: [
    ("2026-11-26", "2026-11-26 00:00:00"), ("26.11.2026", "2026-11-26 00:00:00"),
    ("2026-11-26 14:05", "2026-11-26 14:05:00"), ("26.11.2026 9:05", "2026-11-26 09:05:00"),
    ("2026-11-26  14:05:04", "2026-11-26 14:05:04"),
  ])
  func `are local without one`(text: String, meaning: String) {
    #expect(parseTimeText(text) == Moment.parse(meaning))
  }

  @Test(arguments: [
    "", "yesterday", "2026-13-01", "2026-02-30", "2026-11-26T14:05:04Z", "26.11.26",
    "2026-11-26 25:00", "2026-11-26 14:5", "2026-11-26 14:05 UTC", "2026-11-26 14:05:04 utc",
    "2026-1-2", "2026-11-26 14:05:04 +02", "2026-11-26 14:05:04 UTC more",
  ])
  func `are refused when they mean nothing`(text: String) {
    #expect(parseTimeText(text) == nil)
  }
}
