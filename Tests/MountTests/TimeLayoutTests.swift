import RepositoryFormat
import RepositoryMount
import Testing

@Suite struct `A time layout` {
  private let winter = NodeTime(
    seconds: 1_704_445_509,
    nanoseconds: 120_000_000,
    utcOffset: 3600
  )

  // What Go prints for the same moments.
  @Test(arguments: [
    ("2006-01-02T15:04:05Z07:00", "2024-01-05T10:05:09+01:00"),
    ("2006-01-02_15-04-05", "2024-01-05_10-05-09"),
    ("Mon Jan _2 03:04PM 06", "Fri Jan  5 10:05AM 24"),
    ("Monday, January 2 -0700", "Friday, January 5 +0100"), ("002 __2 3:4:5pm", "005   5 10:5:9am"),
    ("05.000 05.999 05,99 Z07", "09.120 09.12 09,12 +01"),
    ("20060102_2006 year", "20240105_2024 year"),
    ("15h04 .0x .01", "10h05 .1x .01"),
  ])
  func `writes what Go writes`(layout: String, text: String) {
    #expect(GoTimeLayout(layout).string(winter) == text)
  }

  @Test func `knows UTC, leap years and times before 1970`() {
    let layout = GoTimeLayout("2006-01-02T15:04:05Z07:00 MST Monday 002 -07:00")
    func text(_ seconds: Int64, _ offset: Int32 = 0) -> String {
      layout.string(NodeTime(seconds: seconds, nanoseconds: 0, utcOffset: offset))
    }
    #expect(text(0) == "1970-01-01T00:00:00Z UTC Thursday 001 +00:00")
    #expect(text(-1) == "1969-12-31T23:59:59Z UTC Wednesday 365 +00:00")
    #expect(text(1_709_251_200) == "2024-03-01T00:00:00Z UTC Friday 061 +00:00")
    #expect(text(0, -12_600) == "1969-12-31T20:30:00-03:30 -0330 Wednesday 365 -03:30")
  }
}
