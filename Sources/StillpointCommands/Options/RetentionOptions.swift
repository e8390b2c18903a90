import ArgumentParser
import RepositoryEngine
import RepositoryFormat

/// Which snapshots are kept.
struct RetentionOptions: ParsableArguments {
  @Option(
    name: [.customShort("l"), .long],
    help: .init("Keep the last n snapshots, or unlimited.", valueName: "n")
  )
  var keepLast: String?

  @Option(
    name: [.customShort("H"), .long],
    help: .init("Keep the last n hourly snapshots, or unlimited.", valueName: "n")
  )
  var keepHourly: String?

  @Option(
    name: [.customShort("d"), .long],
    help: .init("Keep the last n daily snapshots, or unlimited.", valueName: "n")
  )
  var keepDaily: String?

  @Option(
    name: [.customShort("w"), .long],
    help: .init("Keep the last n weekly snapshots, or unlimited.", valueName: "n")
  )
  var keepWeekly: String?

  @Option(
    name: [.customShort("m"), .long],
    help: .init("Keep the last n monthly snapshots, or unlimited.", valueName: "n")
  )
  var keepMonthly: String?

  @Option(
    name: [.customShort("y"), .long],
    help: .init("Keep the last n yearly snapshots, or unlimited.", valueName: "n")
  )
  var keepYearly: String?

  @Option(
    help: .init(
      "Keep snapshots that are newer than this (such as 1y5m7d2h) relative to the latest one.",
      valueName: "duration"
    )
  )
  var keepWithin: String?

  @Option(help: .init("Keep hourly snapshots that are newer than this.", valueName: "duration"))
  var keepWithinHourly: String?

  @Option(help: .init("Keep daily snapshots that are newer than this.", valueName: "duration"))
  var keepWithinDaily: String?

  @Option(help: .init("Keep weekly snapshots that are newer than this.", valueName: "duration"))
  var keepWithinWeekly: String?

  @Option(help: .init("Keep monthly snapshots that are newer than this.", valueName: "duration"))
  var keepWithinMonthly: String?

  @Option(help: .init("Keep yearly snapshots that are newer than this.", valueName: "duration"))
  var keepWithinYearly: String?

  @Option(
    help: .init(
      "Keep snapshots that have all of these tags. (can be repeated)",
      valueName: "tag[,tag,...]"
    )
  )
  var keepTag: [String] = []

  /// - Throws: ``UsageError`` for a value that makes no sense.
  func policy() throws(UsageError) -> RetentionPolicy {
    var policy = RetentionPolicy()
    let counts: [(RetentionPeriod, String, String?)] = [
      (.last, "-l, --keep-last", keepLast), (.hourly, "-H, --keep-hourly", keepHourly),
      (.daily, "-d, --keep-daily", keepDaily), (.weekly, "-w, --keep-weekly", keepWeekly),
      (.monthly, "-m, --keep-monthly", keepMonthly), (.yearly, "-y, --keep-yearly", keepYearly),
    ]
    for (period, name, text) in counts {
      if let text { policy.counts[period] = try Self.count(text, name) }
    }
    if let text = keepWithin { policy.within = try Self.span(text, "--keep-within") }
    let spans: [(RetentionPeriod, String?)] = [
      (.hourly, keepWithinHourly), (.daily, keepWithinDaily), (.weekly, keepWithinWeekly),
      (.monthly, keepWithinMonthly), (.yearly, keepWithinYearly),
    ]
    for (period, text) in spans {
      guard let text else { continue }
      policy.withinPeriods[period] = try Self.span(text, "--keep-within-\(period.rawValue)")
    }
    policy.tags = keepTag.map { list in
      list.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
    }
    return policy
  }

  private static func count(
    _ text: String,
    _ name: String
  ) throws(UsageError) -> RetentionPolicy.Count {
    if text == "unlimited" { return .unlimited }
    guard let number = Int(text) else {
      throw UsageError(
        "invalid argument \"\(text)\" for \"\(name)\" flag: "
          + "strconv.ParseInt: parsing \"\(text)\": invalid syntax"
      )
    }
    guard number >= 0 else {
      throw UsageError(
        "invalid argument \"\(text)\" for \"\(name)\" flag: "
          + "negative values not allowed, use 'unlimited' instead"
      )
    }
    return .number(number)
  }

  private static func span(_ text: String, _ name: String) throws(UsageError) -> RetentionSpan {
    do {
      return try RetentionSpan(parsing: text)
    } catch {
      throw UsageError("invalid argument \"\(text)\" for \"\(name)\" flag: \(error.reason)")
    }
  }
}
