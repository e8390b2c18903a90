package import Machine

/// A source that can't be planned.
package struct PlanError: ExplainedError {
  /// Such as "look at".
  package var attempt: String
  package var subject: FilePath
  package var cause: (any Error)?
  package var hint: String?

  package init(
    attempt: String,
    subject: FilePath,
    cause: (any Error)? = nil,
    hint: String? = nil
  ) {
    self.attempt = attempt
    self.subject = subject
    self.cause = cause
    self.hint = hint
  }

  package var description: String { "can't \(attempt) \(subject)" }
}
