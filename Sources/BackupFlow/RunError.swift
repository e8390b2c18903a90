import Machine

/// Why a program was not run on what stands still, or its work is worth nothing.
package struct RunError: ExplainedError {
  /// What a caller can tell apart.
  package enum Reason: Hashable, Sendable {
    /// Mounts of its own can't be made for it.
    case notAllowed
    /// A volume snapshot was deleted or changed while the program read it.
    case viewLost(status: Int32)
  }

  package var reason: Reason
  package var cause: (any Error)?

  init(_ reason: Reason, cause: (any Error)? = nil) {
    self.reason = reason
    self.cause = cause
  }

  package var description: String {
    switch reason {
    case .notAllowed: "running a command in the still tree needs root: it gets mounts of its own"
    case .viewLost(let status):
      "what the command read was lost while it ran; don't trust its work (it ended with \(status))"
    }
  }

  package var hint: String? {
    switch reason {
    case .notAllowed:
      "run it by sudo; `-- setpriv --reuid USER --init-groups COMMAND` gives the command fewer rights"
    case .viewLost: "keep other programs from removing volume snapshots of ours"
    }
  }
}
