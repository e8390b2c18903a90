import Machine
package import RepositoryFormat

/// Writes times as Go does for a sample of `Mon Jan 2 15:04:05 -0700 MST 2006`.
///
/// Source: Go, `time/format.go`.
package struct GoTimeLayout: Hashable, Sendable {
  package var text: String

  package init(_ text: String) { self.text = text }

  /// `2006-01-02T15:04:05Z07:00`.
  package static let rfc3339 = GoTimeLayout("2006-01-02T15:04:05Z07:00")

  /// Longer ones before those they begin with.
  private static let elements = [
    "January", "Jan", "Monday", "Mon", "MST", "2006", "002", "01", "02", "03", "04", "05", "06",
    "15", "__2", "_2", "PM", "pm", "-07:00:00", "-070000", "-07:00", "-0700", "-07",
    "Z07:00:00", "Z070000", "Z07:00", "Z0700", "Z07", "1", "2", "3", "4", "5",
  ]

  /// The time on the clock that it was taken by.
  package func string(_ time: NodeTime) -> String {
    let moment = LayoutMoment(time)
    var result = ""
    var rest = Substring(text)
    while let first = rest.first {
      if first == "." || first == ",", let digits = Self.fraction(rest.dropFirst()) {
        result += moment.fraction(digits, after: first)
        rest = rest.dropFirst(1 + digits.count)
      } else if rest.hasPrefix("_2006") {
        result.append("_")
        rest = rest.dropFirst()
      } else if let element = Self.elements.first(where: rest.hasPrefix) {
        result += moment.string(element)
        rest = rest.dropFirst(element.count)
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return result
  }

  /// The noughts or nines that `text` begins with, unless other digits follow.
  private static func fraction(_ text: Substring) -> Substring? {
    guard let first = text.first, first == "0" || first == "9" else { return nil }
    let digits = text.prefix { $0 == first }
    let next = text.dropFirst(digits.count).first
    return next.map { ("0"..."9").contains($0) } ?? false ? nil : digits
  }
}

/// A time in the parts that layouts name.
private struct LayoutMoment {
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  private static let days = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  private let calendar: CalendarTime
  private let nanoseconds: UInt32
  private let weekday: Int
  private let dayOfYear: Int

  init(_ time: NodeTime) {
    calendar = CalendarTime(at: time.seconds, utcOffset: time.utcOffset)
    nanoseconds = time.nanoseconds
    let clock = time.seconds + Int64(time.utcOffset)
    let day = Int((clock - (clock % 86_400 + 86_400) % 86_400) / 86_400)
    weekday = ((day + 4) % 7 + 7) % 7
    let isLeap = calendar.year % 4 == 0 && (calendar.year % 100 != 0 || calendar.year % 400 == 0)
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][calendar.month - 1]
    dayOfYear = before + (isLeap && calendar.month > 2 ? 1 : 0) + calendar.day
  }

  func string(_ element: String) -> String {
    let hour = calendar.hour % 12 == 0 ? 12 : calendar.hour % 12
    switch element {
    case "January": return Self.months[calendar.month - 1]
    case "Jan": return String(Self.months[calendar.month - 1].prefix(3))
    case "Monday": return Self.days[weekday]
    case "Mon": return String(Self.days[weekday].prefix(3))
    case "MST": return zoneName
    case "2006": return padded(calendar.year, 4)
    case "06": return padded(calendar.year % 100, 2)
    case "01": return padded(calendar.month, 2)
    case "1": return "\(calendar.month)"
    case "02": return padded(calendar.day, 2)
    case "_2": return padded(calendar.day, 2, with: " ")
    case "2": return "\(calendar.day)"
    case "002": return padded(dayOfYear, 3)
    case "__2": return padded(dayOfYear, 3, with: " ")
    case "15": return padded(calendar.hour, 2)
    case "03": return padded(hour, 2)
    case "3": return "\(hour)"
    case "04": return padded(calendar.minute, 2)
    case "4": return "\(calendar.minute)"
    case "05": return padded(calendar.second, 2)
    case "5": return "\(calendar.second)"
    case "PM": return calendar.hour < 12 ? "AM" : "PM"
    case "pm": return calendar.hour < 12 ? "am" : "pm"
    default: return offset(element)
    }
  }

  func fraction(_ digits: Substring, after point: Character) -> String {
    var text = String(padded(Int(nanoseconds), 9).prefix(digits.count))
    if digits.first == "9" {
      while text.last == "0" { text.removeLast() }
      if text.isEmpty { return "" }
    }
    return "\(point)\(text)"
  }

  private var zoneName: String {
    if calendar.utcOffset == 0 { return "UTC" }
    return offset(calendar.utcOffset % 3600 == 0 ? "-07" : "-0700")
  }

  /// The zone's offset as `element` writes 7 hours west of UTC.
  private func offset(_ element: String) -> String {
    if element.hasPrefix("Z") && calendar.utcOffset == 0 { return "Z" }
    let seconds = Int(abs(calendar.utcOffset))
    let sign = calendar.utcOffset < 0 ? "-" : "+"
    let colon = element.contains(":") ? ":" : ""
    var text = sign + padded(seconds / 3600, 2)
    if element.count > 3 { text += colon + padded(seconds / 60 % 60, 2) }
    if element.count > 6 { text += colon + padded(seconds % 60, 2) }
    return text
  }

  private func padded(_ value: Int, _ width: Int, with filler: String = "0") -> String {
    let digits = "\(value)"
    return String(repeating: filler, count: max(0, width - digits.count)) + digits
  }
}
