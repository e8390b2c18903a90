import Machine

extension ExitStatus {
  /// The status for what ended a command.
  init(for error: any Error) {
    var next: (any Error)? = error
    while let current = next {
      if let status = Self.status(of: current) {
        self = status
        return
      }
      next = (current as? any ExplainedError)?.cause
    }
    self = .failure
  }

  private static func status(of error: any Error) -> ExitStatus? {
    switch error {
    case is Interrupted: .interrupted
    case is OutputClosed: .outputClosed
    default: nil
    }
  }
}
