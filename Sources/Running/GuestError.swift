package import Machine

/// Why a guest didn't run.
package struct GuestError: ExplainedError {
  /// What a caller can tell apart.
  package enum Reason: Hashable, Sendable {
    /// The still tree could not be mounted for it.
    case notMounted
    /// There is no such program.
    case notFound
    /// The program can't be executed.
    case notExecutable
  }

  package let reason: Reason
  /// The program's name.
  package let program: FilePath
  package let cause: (any Error)?

  init(_ reason: Reason, _ program: FilePath, cause: (any Error)? = nil) {
    self.reason = reason
    self.program = program
    self.cause = cause
  }

  package var description: String {
    switch reason {
    case .notMounted: "can't show the still tree to \(program); it was not started"
    case .notFound, .notExecutable: "can't start \(program)"
    }
  }
}

/// What another of our processes says about a failure of its own.
struct Told: Error, CustomStringConvertible {
  let description: String
}
