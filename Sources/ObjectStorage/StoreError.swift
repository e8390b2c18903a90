import Machine

/// What went wrong in a store.
package struct StoreError: ExplainedError {
  /// What a caller can tell apart.
  package enum Reason: Hashable, Sendable {
    case missing, noSpace, denied, short, other
  }

  /// What was attempted, such as "store" or "read".
  package var attempt: String
  /// On what: an object's name and the store's location.
  package var subject: String
  package var reason: Reason
  package var cause: (any Error)?

  package init(attempt: String, subject: String, reason: Reason, cause: (any Error)?) {
    self.attempt = attempt
    self.subject = subject
    self.reason = reason
    self.cause = cause
  }

  package var description: String { "can't \(attempt) \(subject)" }

  package var hint: String? {
    switch reason {
    case .noSpace: "free space there, then run the command again: what was stored stays useful"
    case .missing, .denied, .short, .other: nil
    }
  }

  package var isMissing: Bool { reason == .missing }
  /// Whether trying again can't help.
  package var isPermanent: Bool { reason != .other }
}

extension StoreError {
  /// An error of a store on the local file system.
  init(_ attempt: String, _ subject: String, _ cause: SystemCallError) {
    let reason: Reason =
      switch cause.errno {
      case .noSuchFileOrDirectory, .notDirectory: .missing
      case .noSpace, .diskQuotaExceeded: .noSpace
      case .permissionDenied, .notPermitted, .readOnlyFileSystem: .denied
      default: .other
      }
    self.init(attempt: attempt, subject: subject, reason: reason, cause: cause)
  }

  /// An object that ends before what was asked for.
  static func short(_ subject: String, wanted: Int, got: Int) -> StoreError {
    StoreError(
      attempt: "read \(wanted) bytes of",
      subject: "\(subject): it ends after \(got) of them",
      reason: .short,
      cause: nil
    )
  }
}
