import Machine

/// What is said about an error: itself, what caused it, and what can be done.
package struct ErrorText {
  /// What was attempted.
  package let message: String
  /// From the nearest cause to the first one.
  package let causes: [String]
  /// What can be done.
  package let hints: [String]
  /// restic has none before what it says of locks.
  private let prefix: String

  /// Reads `error` and its causes.
  package init(_ error: any Error) {
    var messages: [String] = []
    var hints: [String] = []
    prefix = ExitStatus(for: error) == .locked ? "" : "Fatal: "
    var next: (any Error)? = error
    while let current = next.map(restated) {
      let text = "\(current)"
      // An error that only passes another one on adds nothing.
      if messages.last != text { messages.append(text) }
      let explained = current as? any ExplainedError
      if let hint = explained?.hint, !hints.contains(hint) { hints.append(hint) }
      next = explained?.cause
    }
    message = messages[0]
    causes = Array(messages.dropFirst())
    self.hints = hints
  }

  /// For people, as restic writes it: programs look for these words.
  package var lines: [String] {
    paragraphs.flatMap { $0.split(separator: "\n").map(String.init) }
  }

  /// Message and causes on one line.
  package var line: String { ([message] + causes).joined(separator: ": ") }

  private var paragraphs: [String] { [prefix + line] + hints }

  /// For programs: what restic writes to standard error with `--json`.
  func json(_ status: ExitStatus) -> JSONObject {
    var object = JSONObject()
    object.add("message_type", "exit_error")
    object.add("code", Int(status.rawValue))
    object.add("message", paragraphs.joined(separator: "\n"))
    return object
  }
}
