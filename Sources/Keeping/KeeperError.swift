import Machine

/// The keeper could not be started, or is gone.
package struct KeeperError: ExplainedError {
  /// What was attempted, such as "start the keeper".
  package let attempt: String
  package let cause: (any Error)?
  package let hint: String?

  package init(attempt: String, cause: (any Error)?, hint: String? = nil) {
    self.attempt = attempt
    self.cause = cause
    self.hint = hint
  }

  package var description: String { "can't \(attempt)" }
}
