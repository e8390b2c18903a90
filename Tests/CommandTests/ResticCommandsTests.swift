import Foundation
import Machine
import TestSupport
import Testing

/// The table of restic's verbs and options, against restic's help and against the program.
@Suite(.serialized) struct `The table of restic's commands` {
  private struct Option: Hashable {
    var verb: String
    /// Such as `--tag`.
    var name: String
  }

  private struct Listed {
    var short: String?
    var isValued: Bool
  }

  /// What restic 0.19.1 lists in its help: `verb: -s,--long= --flag`.
  private func listed() throws -> [Option: Listed] {
    let fixtures = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let text = try String(
      contentsOf: fixtures.appending(path: "restic-0.19.1.txt"),
      encoding: .utf8
    )
    var found: [Option: Listed] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      let verb = String(parts[0])
      found[Option(verb: verb, name: "")] = Listed(isValued: false)
      for word in parts[1].split(separator: " ") {
        let names = word.split(separator: ",")
        let long = names.last ?? ""
        let name = String(long.hasSuffix("=") ? long.dropLast() : long)
        found[Option(verb: verb, name: name)] = Listed(
          short: names.count > 1 ? String(names[0]) : nil,
          isValued: long.hasSuffix("=")
        )
      }
    }
    return found
  }

  /// What the document says of each: rows of `| verb | option | state |`.
  private func documented() throws -> [Option: String] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let root = folder.deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(
      contentsOf: root.appending(path: "Documentation/restic-commands.md"),
      encoding: .utf8
    )
    var found: [Option: String] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix("| `") {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { cell in
        cell.trimmingCharacters(in: .whitespaces).replacing("`", with: "")
      }
      found[Option(verb: cells[1], name: cells[2])] = cells[3]
    }
    return found
  }

  @Test func `names all of them and no other`() throws {
    let (listed, documented) = try (Set(listed().keys), Set(documented().keys))
    #expect(listed.subtracting(documented).map { "\($0)" }.sorted() == [])
    #expect(documented.subtracting(listed).map { "\($0)" }.sorted() == [])
  }

  @Test func `says works of what is taken, and not here of nothing else`() throws {
    try withTemporaryDirectory { directory in
      var stillpoint = Program.stillpoint
      stillpoint.workingDirectory = directory
      stillpoint.environment = [
        "RESTIC_CACHE_DIR": directory.appending("cache").string,
        "STILLPOINT_STATE_DIR": directory.appending("state").string,
      ]
      let listed = try listed()
      for (option, state) in try documented() {
        let isHere = state.hasPrefix("works") || state.hasPrefix("accepted")
        #expect(isHere || state.hasPrefix("not here: "), "\(option): \(state)")
        let verb =
          option.verb == "*" ? ["snapshots"] : option.verb.split(separator: " ").map(String.init)
        let found = try #require(listed[option])
        for name in option.name.isEmpty ? [""] : [option.name, found.short].compactMap({ $0 }) {
          let words = found.isValued ? [name, "1"] : [name].filter { !$0.isEmpty }
          let outcome = try stillpoint.run(arguments: verb + words)
          let isUnknown = ["unknown", "Unknown", "Unexpected"].contains {
            outcome.error.contains($0) && !outcome.error.contains("unknown grouping")
              && !outcome.error.contains("unknown counting")
          }
          #expect(isUnknown != isHere, "\(verb) \(words): \(state) \(outcome.error)")
        }
      }
    }
  }
}
