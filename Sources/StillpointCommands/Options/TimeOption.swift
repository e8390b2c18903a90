import RepositoryFormat

/// Reads a time as an option gives it; nil for none and for `now`.
///
/// - Throws: ``UsageError`` for what is no time.
func parseTimeOption(_ text: String?) throws(UsageError) -> NodeTime? {
  guard let text, text != "now", !text.isEmpty else { return nil }
  guard let time = Moment.parse(text) else {
    throw UsageError(
      "error in time option: can't read \"\(text)\"",
      hint: "a time is written as 2006-01-02 15:04:05, or now"
    )
  }
  return time
}
