/// An external program and its arguments.
package struct Command: Hashable, Sendable {
  /// A name that is looked up in `PATH`, or a path.
  package var tool: String
  package var arguments: [String]

  package init(_ tool: String, _ arguments: String...) {
    self.tool = tool
    self.arguments = arguments
  }

  package init(_ tool: String, arguments: [String]) {
    self.tool = tool
    self.arguments = arguments
  }
}

extension Command: CustomStringConvertible {
  /// The command line as a person would read it; not quoted for a shell.
  package var description: String { ([tool] + arguments).joined(separator: " ") }
}

/// An external program that could not be started, or that ended badly.
package struct CommandError: ExplainedError {
  /// How a program failed.
  package enum Reason: Sendable {
    case notStarted(any Error)
    case exited(status: Int32)
    case signalled(Int32)
    case tooMuchOutput
    /// It was killed after so long.
    case late(Duration)
  }

  package var command: Command
  package var reason: Reason
  /// The end of what it wrote to standard error.
  package var standardError: String

  package init(command: Command, reason: Reason, standardError: String = "") {
    self.command = command
    self.reason = reason
    self.standardError = standardError
  }

  package var description: String {
    switch reason {
    case .notStarted: "can't start \(command.tool)"
    case .exited(let status): "\(command) ended with status \(status)" + quotedError
    case .signalled(let signal): "\(command) was ended by signal \(signal)" + quotedError
    case .tooMuchOutput: "\(command) wrote more than we are prepared to read"
    case .late(let length): "\(command) didn't end within \(length)" + quotedError
    }
  }

  package var cause: (any Error)? {
    if case .notStarted(let error) = reason { error } else { nil }
  }

  private var quotedError: String {
    let text = standardError.split(whereSeparator: \.isNewline).joined(separator: "; ")
    return text.isEmpty ? "" : ": \(text)"
  }
}

/// Runs external programs.
package protocol CommandRunner: Sendable {
  /// Runs `command` to its end.
  ///
  /// - Parameter command: The program and its arguments.
  /// - Returns: What it wrote to standard output.
  /// - Throws: ``CommandError`` when it can't be started or exits with a status other than 0.
  @discardableResult
  func run(_ command: Command) throws(CommandError) -> [UInt8]
}

extension CommandRunner {
  /// Runs `command` and returns its standard output as text, without white space at the end.
  ///
  /// - Parameter command: The program and its arguments.
  /// - Returns: The text; bytes that aren't UTF-8 are replaced.
  /// - Throws: ``CommandError`` when it can't be started or exits with a status other than 0.
  package func text(of command: Command) throws(CommandError) -> String {
    let text = String(decoding: try run(command), as: UTF8.self)
    return String(text.reversed().drop(while: \.isWhitespace).reversed())
  }
}
