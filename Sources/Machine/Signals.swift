import Glibc
import Synchronization

/// Ignoring SIGHUP while it could only do harm.
package enum Hangups {
  private struct State {
    var scopes = 0
    var before = sigaction()
  }

  private static let state = Mutex(State())

  /// Runs `body` while the process ignores SIGHUP.
  ///
  /// restic's `unlock` sends SIGHUP to the process named in a lock on the same machine, and
  /// the default action is to end it. The corresponding C function is `sigaction`.
  ///
  /// - Parameter body: What runs; scopes may nest and overlap between threads.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  package static func ignored<Value>(during body: () throws -> Value) rethrows -> Value {
    state.withLock { state in
      state.scopes += 1
      guard state.scopes == 1 else { return }
      var ignore = sigaction()
      ignore.__sigaction_handler.sa_handler = SIG_IGN
      sigaction(SIGHUP, &ignore, &state.before)
    }
    defer {
      state.withLock { state in
        state.scopes -= 1
        if state.scopes == 0 { sigaction(SIGHUP, &state.before, nil) }
      }
    }
    return try body()
  }
}
