/// Stored bytes that are not what they should be.
package struct FormatError: Error, Hashable, CustomStringConvertible {
  /// What was being read or written, such as "tree" or "pack header".
  package var subject: String
  /// What is wrong with it.
  package var reason: String
  /// Where reading stopped, in bytes from the beginning, when that is known.
  package var offset: Int?
  /// Whether it may be right all the same, and the program that wrote it newer than this one.
  package var isNewer = false

  package init(_ subject: String, _ reason: String, offset: Int? = nil) {
    self.subject = subject
    self.reason = reason
    self.offset = offset
  }

  package var description: String {
    let place = offset.map { " at byte \($0)" } ?? ""
    return "\(isNewer ? "unknown" : "damaged") \(subject): \(reason)\(place)"
  }
}
