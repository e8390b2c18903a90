import Machine

/// What is said about an error: itself, what caused it, and what can be done.
package struct ErrorText {
  /// What was attempted.
  package let message: String
  /// From the nearest cause to the first one.
  package let causes: [String]
  /// What can be done.
  package let hints: [String]

  /// Reads `error` and its causes.
  package init(_ error: any Error) {
    var messages: [String] = []
    var hints: [String] = []
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

  /// For people.
  package var lines: [String] {
    let all =
      ["stillpoint: error: \(message)"] + causes.map { "  because \($0)" }
      + hints.map { "  hint: \($0)" }
    return all.flatMap { text in
      text.split(separator: "\n").enumerated().map { ($0 > 0 ? "    " : "") + $1 }
    }
  }

  /// Message and causes on one line.
  package var line: String { ([message] + causes).joined(separator: ": ") }

  /// For programs: what restic writes to standard error with `--json`.
  func json(_ status: ExitStatus) -> JSONObject {
    var object = JSONObject()
    object.add("message_type", "exit_error")
    object.add("code", Int(status.rawValue))
    object.add("message", (["Fatal: \(line)"] + hints).joined(separator: "\n"))
    return object
  }
}
