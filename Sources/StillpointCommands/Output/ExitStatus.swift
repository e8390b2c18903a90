/// How the program ends, as a number that scripts can rely on: restic's, and some more.
enum ExitStatus: Hashable, Sendable {
  /// All that was asked for was done.
  case success
  /// Anything that has no number of its own.
  case failure
  /// A backup was made, but some source data could not be read.
  case incomplete
  /// There is no repository.
  case noRepository
  /// Somebody else works in the repository.
  case locked
  /// No key fits the password.
  case wrongPassword
  /// The grade that `--require` asked for was not reached; nothing was saved.
  case gradeNotReached
  /// A volume snapshot was lost during the backup; nothing was saved.
  case volumeSnapshotLost
  /// SIGINT or SIGTERM.
  case interrupted
  /// Whoever read standard output went away: what a shell reports for SIGPIPE.
  case outputClosed
  /// As a command ended that we ran, or as a shell says that it can't.
  case ofCommand(Int32)

  var rawValue: Int32 {
    switch self {
    case .success: 0
    case .failure: 1
    case .incomplete: 3
    case .noRepository: 10
    case .locked: 11
    case .wrongPassword: 12
    case .gradeNotReached: 20
    case .volumeSnapshotLost: 21
    case .interrupted: 130
    case .outputClosed: 141
    case .ofCommand(let status): status
    }
  }
}
