import Foundation
import Machine
import TestSupport
import Testing

/// Both programs on a repository with three snapshots of a folder that changed at random, one of
/// them made by us.
struct SnapshotHistory {
  let both: BothPrograms
  /// The oldest first.
  let ids: [String]
  /// Whether restic is the one whose words and members we have, and not an old one.
  let isCurrent: Bool

  /// Of what the snapshots hold.
  var tree: String { both.source.appending("tree").string }

  static func with(_ body: (SnapshotHistory) throws -> Void) throws {
    try BothPrograms.with { both in
      var both = both
      // Many commands are run: a password that costs nothing saves minutes.
      let cheap = try Program.stillpoint(withRepositoryIn: both.directory.appending("cheap"))
      for (name, value) in cheap.environment where name.hasPrefix("STILLPOINT_") {
        both.stillpoint.environment[name] = value
        both.restic.environment["RESTIC" + name.dropFirst("STILLPOINT".count)] = value
      }
      try FileManager.default.removeItem(atPath: both.source.string)
      try FileManager.default.createDirectory(
        atPath: both.source.string,
        withIntermediateDirectories: false
      )
      var ids: [String] = []
      for turn in 0..<3 {
        try BothPrograms.python("change_tree.py", both.source, ["\(turn)"])
        let program = turn == 1 ? both.stillpoint : both.restic
        let summary = try both.backUp(by: program, "--tag", "turn-\(turn)")
        ids.append(String(try #require(summary["snapshot_id"] as? String).prefix(8)))
      }
      let isCurrent = ResticVersion.isInstalled(0, 19)
      try body(SnapshotHistory(both: both, ids: ids, isCurrent: isCurrent))
    }
  }

  /// Expects that both programs print the same lines, for people.
  ///
  /// - Parameters:
  ///   - arguments: Of both.
  ///   - isOrdered: Whether restic's order is always the same.
  ///   - location: Who expects it.
  /// - Throws: When a program can't be started.
  func expectSameLines(
    _ arguments: [String],
    ordered isOrdered: Bool = true,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let (ours, theirs) = try outputs(arguments, location)
    var lines = [ours, theirs].map { text in
      // How long it took, and where the progress stood.
      text.split(separator: "\n", omittingEmptySubsequences: false)
        .filter { !$0.hasPrefix("[0:") }
    }
    if !isOrdered { lines = lines.map { $0.sorted() } }
    let difference = lines[0].difference(from: lines[1]).map { "\($0)" }
    #expect(difference == [], "\(arguments)", sourceLocation: location)
  }

  /// Expects that both programs print the same JSON values, one a line.
  ///
  /// An old restic may have fewer members.
  ///
  /// - Parameters:
  ///   - arguments: Of both, without `--json`.
  ///   - location: Who expects it.
  /// - Throws: When a program can't be started, or what it prints is no JSON.
  func expectSameJSON(
    _ arguments: [String],
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let (ours, theirs) = try outputs(arguments + ["--json"], location)
    let values = try [ours, theirs].map { text in
      try text.split(separator: "\n").map { line in
        let value = try JSONSerialization.jsonObject(
          with: Data(line.utf8),
          options: .fragmentsAllowed
        )
        guard var object = value as? [String: Any] else { return value }
        // What only we say of a snapshot.
        object["stillpoint"] = nil
        return object
      }
    }
    #expect(values[0].count == values[1].count, "\(arguments)", sourceLocation: location)
    for (our, their) in zip(values[0], values[1]) {
      let isSame = isCurrent ? (our as? NSObject) == (their as? NSObject) : has(our, all: their)
      #expect(isSame, "\(arguments):\n\(our)\n\(their)", sourceLocation: location)
    }
  }

  /// Whether `ours` has everything that `theirs` has, zeros apart.
  private func has(_ ours: Any, all theirs: Any) -> Bool {
    if let ours = ours as? [String: Any], let theirs = theirs as? [String: Any] {
      return theirs.allSatisfy { name, value in
        (value as? Int) == 0 || ours[name].map { has($0, all: value) } ?? false
      }
    }
    if let ours = ours as? [Any], let theirs = theirs as? [Any] {
      return ours.count == theirs.count && zip(ours, theirs).allSatisfy { has($0, all: $1) }
    }
    return (ours as? NSObject) == (theirs as? NSObject)
  }

  private func outputs(
    _ arguments: [String],
    _ location: SourceLocation
  ) throws -> (ours: String, theirs: String) {
    // Writing a lock takes each program a fifth of a second.
    let ours = try both.stillpoint.run(arguments: arguments + ["--no-lock"])
    let theirs = try both.restic.run(arguments: arguments + ["--no-lock"])
    #expect(
      ours.status == theirs.status,
      "\(arguments): \(ours.error) \(theirs.error)",
      sourceLocation: location
    )
    return (ours.output, theirs.output)
  }
}
