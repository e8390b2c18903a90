import Machine

/// What one command works with.
struct Session {
  let settings: Settings
  let output: Output
  let interruption: Interruption
}
