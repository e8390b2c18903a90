/// The unit that says when.
package struct TimerUnit {
  package var names: UnitNames
  /// Calendar events, as in `systemd.time(7)`.
  package var events: [String]
  /// A time span of systemd: machines with one schedule don't all begin at once.
  package var randomDelay: String

  package init(names: UnitNames, events: [String], randomDelay: String) {
    self.names = names
    self.events = events
    self.randomDelay = randomDelay
  }

  /// The unit file.
  package var text: String {
    let lines =
      [
        names.heading(of: names.timer),
        "[Unit]",
        "Description=When \(names.service) runs",
        "",
        "[Timer]",
      ] + events.map { "OnCalendar=\($0)" } + [
        // What was missed while the machine was off is made up for.
        "Persistent=true",
        "RandomizedDelaySec=\(randomDelay)",
        "",
        "[Install]",
        "WantedBy=timers.target",
      ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// Whether `text` can be a calendar event: systemd itself knows which are.
  package static func isEvent(_ text: String) -> Bool {
    isLine(text) { $0.isLetter || $0.isNumber || " *-:.,/~_+".contains($0) }
  }

  /// Whether `text` can be a time span, such as `30min`, `1h 30m` or `0`.
  package static func isSpan(_ text: String) -> Bool {
    isLine(text) { $0.isLetter || $0.isNumber || " .".contains($0) }
      && text.first.map { $0.isNumber } == true
  }

  private static func isLine(_ text: String, _ isAllowed: (Character) -> Bool) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isASCII && isAllowed($0) }
  }
}
