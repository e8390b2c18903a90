package import Machine

/// Whose files a database is made of; the raw value is what is stored.
package enum DatabaseKind: String, Hashable, Sendable {
  case sqlite, postgresql, mariadb, mysql

  /// As its makers write it.
  package var name: String {
    switch self {
    case .sqlite: "SQLite"
    case .postgresql: "PostgreSQL"
    case .mariadb: "MariaDB"
    case .mysql: "MySQL"
    }
  }
}

/// What was found out about a database by opening a throw-away copy of it.
package struct Verdict: Hashable, Sendable {
  /// The raw value is what is stored.
  package enum Outcome: String, CaseIterable, Hashable, Sendable {
    case whole
    /// Whole once what its journal or log holds was taken back or made up for, as every program
    /// that opens it does by itself.
    case recovered
    case damaged
    case untried = "not-tried"
  }

  package var kind: DatabaseKind
  /// The file, or the folder of a server's data, within the tree it was found in.
  package var path: FilePath
  package var outcome: Outcome
  /// What was recovered, what is damaged, or why it was not tried; may be empty.
  package var message: String

  package init(_ kind: DatabaseKind, _ path: FilePath, _ finding: ProofFinding) {
    self.kind = kind
    self.path = path
    outcome = finding.outcome
    message = finding.message
  }
}

/// A verdict without the database that it is about.
package struct ProofFinding: Hashable, Sendable {
  package var outcome: Verdict.Outcome
  package var message: String

  package static func whole(_ message: String = "") -> ProofFinding {
    ProofFinding(outcome: .whole, message: message)
  }

  package static func recovered(_ message: String) -> ProofFinding {
    ProofFinding(outcome: .recovered, message: message)
  }

  package static func damaged(_ message: String) -> ProofFinding {
    ProofFinding(outcome: .damaged, message: message)
  }

  package static func untried(_ reason: String) -> ProofFinding {
    ProofFinding(outcome: .untried, message: reason)
  }
}
