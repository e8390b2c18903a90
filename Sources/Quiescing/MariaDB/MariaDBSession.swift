import Machine

/// A session with a MariaDB or MySQL server; its end, also when we are killed, lets go what it holds.
final class MariaDBSession: Sendable {
  private static let mark = "stillpoint-answered"

  private let program: ConversingProgram

  init(_ server: MariaDBServer, optionFile: FilePath?) throws(CommandError) {
    program = try ConversingProgram(server.client(optionFile: optionFile))
  }

  /// Has the server do something.
  ///
  /// - Returns: The lines of its answer.
  /// - Throws: ``CommandError`` when it can't, or not in time; the session has ended then, or is to
  ///   be closed.
  @discardableResult
  func ask(
    _ statements: String,
    _ deadline: ContinuousClock.Instant
  ) throws(CommandError) -> [String] {
    try program.ask("\(statements)\nSELECT '\(Self.mark)';", until: Self.mark, deadline)
  }

  func close() { program.finish() }
}
