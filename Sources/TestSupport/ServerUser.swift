package import Machine

/// The user that a distribution makes for a server, and who runs it here too.
package struct ServerUser: Sendable {
  private let name: String

  package init(_ name: String) { self.name = name }

  /// Makes a folder of its own.
  package func makeFolder(_ path: FilePath) throws {
    try makeDirectories(path)
    try own(path)
  }

  /// Gives it a file or a folder.
  package func own(_ path: FilePath) throws {
    if isRoot { try SystemCommandRunner().run(Command("chown", "\(name):", path.string)) }
  }

  private func words(_ tool: FilePath, _ arguments: [String]) -> [String] {
    let words = ["setpriv", "--reuid=\(name)", "--regid=\(name)", "--clear-groups"]
    return (isRoot ? words : []) + [tool.string] + arguments
  }

  /// Runs a program to its end.
  ///
  /// - Returns: What it printed.
  /// - Throws: ``ProgramFailed``.
  @discardableResult
  package func succeed(_ tool: FilePath, _ arguments: [String]) throws -> String {
    try Program("/usr/bin/env").succeed(arguments: words(tool, arguments))
  }

  /// Starts a program; whoever starts it waits for it.
  package func start(_ tool: FilePath, _ arguments: [String]) throws -> RunningProgram {
    try Program("/usr/bin/env").start(words(tool, arguments))
  }
}

extension RunningProgram {
  /// Waits until `isReady`, at most for a minute.
  ///
  /// - Returns: Whether it is.
  package func becomesReady(_ isReady: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while isRunning, ContinuousClock.now < end {
      if isReady() { return true }
      _ = StopSignal().wait(for: .milliseconds(50))
    }
    return false
  }
}
