/// How the program ends, as a number that scripts can rely on: restic's, and two more.
enum ExitStatus: Int32, Sendable {
  /// All that was asked for was done.
  case success = 0
  /// Anything that has no number of its own.
  case failure = 1
  /// A backup was made, but some source data could not be read.
  case incomplete = 3
  /// There is no repository.
  case noRepository = 10
  /// Somebody else works in the repository.
  case locked = 11
  /// No key fits the password.
  case wrongPassword = 12
  /// The grade that `--require` asked for was not reached; nothing was saved.
  case gradeNotReached = 20
  /// A volume snapshot was lost during the backup; nothing was saved.
  case volumeSnapshotLost = 21
  /// SIGINT or SIGTERM.
  case interrupted = 130
  /// Whoever read standard output went away: what a shell reports for SIGPIPE.
  case outputClosed = 141
}
