import ArgumentParser

/// When a backup is made, and where that is written down.
struct ScheduleOptions: ParsableArguments {
  @Option(
    help: .init(
      "When: a calendar event of systemd. (default: *-*-* 03:00:00) (can be repeated)",
      valueName: "event"
    )
  )
  var at: [String] = []

  @Option(
    help: .init("Begin up to so much later, so that not all do at once.", valueName: "span")
  )
  var randomDelay = "30min"

  @Option(
    help: .init("Tells several schedules apart: stillpoint-NAME.timer.", valueName: "name")
  )
  var name = "backup"

  @Flag(help: "Only print the units; needs no root.")
  var print = false

  @Flag(help: "Stop the timer and remove its units.")
  var remove = false

  @Option(
    help: .init(
      "Where units are written. (default: /etc/systemd/system, or that of the user)",
      valueName: "directory"
    )
  )
  var directory: String?

  @Flag(help: "Units of your own service manager, which is not root.")
  var user = false
}
