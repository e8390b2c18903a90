package import Machine

/// Which applications are held for the instant: `--quiesce`.
package enum QuiescePolicy: String, CaseIterable, Sendable {
  /// None; none is looked for.
  case off
  /// All that are found.
  case auto
}

/// How applications are held for the instant.
package struct QuiesceOptions: Hashable, Sendable {
  package var policy = QuiescePolicy.auto
  /// `--hold-max`, how long each is held at most; half of it is left for what it is held for.
  package var lengthMax = Duration.seconds(1)
  /// `--mysql-option-file`: with the name and the password of a user of MariaDB or MySQL.
  package var mySQLOptionFile: FilePath?
  /// Whether applications may begin a backup mode: not when what is read is given to somebody who
  /// knows nothing of it.
  package var usesBackupModes = true
  /// What is held besides, in this order.
  package var asked: [HoldRequest] = []

  package init() {}
}
