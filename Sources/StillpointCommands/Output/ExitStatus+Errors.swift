import BackupFlow
import Machine
import RepositoryEngine
import Running

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
    case is SnapshotsNotRemoved: .incomplete
    case let error as RepositoryError: status(of: error.reason)
    case let error as BackupError: status(of: error.reason)
    case let error as RunError: status(of: error.reason)
    case let error as GuestError: status(of: error.reason)
    case let error as CloneError: status(of: error.reason)
    default: nil
    }
  }

  private static func status(of reason: RepositoryError.Reason) -> ExitStatus? {
    switch reason {
    case .noRepository: .noRepository
    case .wrongPassword, .noKey: .wrongPassword
    case .locked: .locked
    default: nil
    }
  }

  private static func status(of reason: BackupError.Reason) -> ExitStatus? {
    switch reason {
    case .gradeNotReached: .gradeNotReached
    case .volumeSnapshotLost: .volumeSnapshotLost
    case .notCovered: .failure
    }
  }

  private static func status(of reason: RunError.Reason) -> ExitStatus {
    switch reason {
    case .notAllowed: .failure
    case .viewLost: .volumeSnapshotLost
    }
  }

  private static func status(of reason: GuestError.Reason) -> ExitStatus {
    switch reason {
    case .notMounted: .failure
    case .notFound: .ofCommand(127)
    case .notExecutable: .ofCommand(126)
    }
  }

  private static func status(of reason: CloneError.Reason) -> ExitStatus? {
    if case .gradeNotReached = reason { return .gradeNotReached }
    return nil
  }
}
