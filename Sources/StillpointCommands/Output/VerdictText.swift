import Machine
import Proving
import RepositoryFormat

/// What was found out about a database, for people and for programs.
struct VerdictText {
  private let verdict: Verdict

  init(_ verdict: Verdict) { self.verdict = verdict }

  var line: String {
    let word: String =
      switch verdict.outcome {
      case .whole: "whole"
      case .recovered: "whole, after recovery"
      case .damaged: "damaged"
      case .untried: "not tried"
      }
    let message = verdict.message.isEmpty ? "" : ": \(verdict.message)"
    return "\(verdict.kind.name) \(quoted(verdict.path.bytes)): \(word)\(message)"
  }

  var json: JSONObject {
    var object = JSONObject()
    object.add("kind", verdict.kind.rawValue)
    object.add("path", TextBytes(verdict.path.bytes))
    object.add("verdict", verdict.outcome.rawValue)
    object.add("message", verdict.message)
    return object
  }
}

extension StillpointRecord {
  /// How many databases are what, such as `2 whole, 1 damaged`; nil when none was tried.
  var proof: String? {
    let parts: [(String, [Proving.Verdict.Outcome])] = [
      ("damaged", [.damaged]), ("whole", [.whole, .recovered]), ("not tried", [.untried]),
    ]
    let texts = parts.compactMap { name, outcomes -> String? in
      let words = outcomes.map { $0.rawValue }
      let count = verdicts.filter { words.contains($0.verdict) }.count
      return count == 0 ? nil : "\(count) \(name)"
    }
    return texts.isEmpty ? nil : texts.joined(separator: ", ")
  }
}
