import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// Shows what a policy keeps and removes, in restic's words.
final class ForgetView: Sendable {
  private let output: Output
  private let isCompact: Bool
  private let groups = Mutex<[JSONObject]>([])

  init(output: Output, isCompact: Bool) {
    self.output = output
    self.isCompact = isCompact
  }

  func begin(_ policy: RetentionPolicy) { output.say("Applying Policy: \(policy.text)") }

  func show(_ group: SnapshotGroup, _ retention: Retention) {
    if output.isJSON {
      groups.withLock { $0.append(json(group, retention)) }
      return
    }
    if let headline = group.headline { output.say(headline, at: .verbose) }
    if !retention.kept.isEmpty {
      output.say("keep \(retention.kept.count) snapshots:")
      let kept = retention.kept.reversed()
      show(kept.map(\.snapshot), reasons: kept.map(\.reasons))
    }
    if !retention.removed.isEmpty {
      output.say("remove \(retention.removed.count) snapshots:")
      show(retention.removed.reversed(), reasons: nil)
    }
  }

  private func show(_ snapshots: [StoredSnapshot], reasons: [[String]]?) {
    let table = SnapshotTable(
      snapshots: snapshots,
      isCompact: isCompact,
      reasons: reasons,
      widthMax: output.isTerminal ? output.width : nil
    )
    for line in table.lines { output.say(line) }
    output.say("")
  }

  private func json(_ group: SnapshotGroup, _ retention: Retention) -> JSONObject {
    var object = JSONObject()
    let tags = group.key.tags.flatMap { $0.isEmpty ? nil : $0 }
    object.add(orNull: "tags", tags)
    object.add("host", group.key.host ?? "")
    object.add(orNull: "paths", group.key.paths.map { paths in paths.map { TextBytes($0) } })
    let kept = retention.kept.map(\.snapshot.json)
    object.add(orNull: "keep", kept.isEmpty ? nil : kept)
    let removed = retention.removed.map(\.json)
    object.add(orNull: "remove", removed.isEmpty ? nil : removed)
    let reasons = retention.kept.map { kept in
      var reason = JSONObject()
      reason.add("snapshot", kept.snapshot.json)
      reason.add("matches", kept.reasons)
      return reason
    }
    object.add(orNull: "reasons", reasons.isEmpty ? nil : reasons)
    return object
  }

  func announceRemoval(of snapshots: [StoredSnapshot]) {
    let names = snapshots.map(\.id.digest.short).sorted().joined(separator: " ")
    output.say("Would have removed the following snapshots:\n{\(names)}\n")
  }

  func removed(_ snapshot: SnapshotID) {
    output.say("removed snapshot/\(snapshot.digest.hex)", at: .detailed)
  }

  func notRemoved(_ snapshot: SnapshotID, _ error: any Error) {
    output.error([
      "unable to remove snapshot/\(snapshot.digest.hex) from the repository: "
        + ErrorText(error).line
    ])
  }

  /// Writes the JSON, if that is wanted.
  func finish() {
    let all = groups.withLock { $0 }
    if output.isJSON && !all.isEmpty { output.json(all) }
  }

  func announcePrune(_ count: Int, isDryRun: Bool) {
    output.say(
      isDryRun
        ? "\(count) snapshots would be removed, running prune dry run"
        : "\(count) snapshots have been removed, running prune"
    )
  }
}

extension RetentionPolicy {
  /// In restic's words.
  var text: String {
    let numbers = RetentionPeriod.allCases.compactMap { period -> String? in
      let name = period == .last ? "latest" : period.rawValue
      switch counts[period] {
      case .number(let number)?: return number > 0 ? "\(number) \(name)" : nil
      case .unlimited?: return "all \(name)"
      case nil: return nil
      }
    }
    let spans = RetentionPeriod.allCases.compactMap { period -> String? in
      guard let span = withinPeriods[period], !span.isZero else { return nil }
      return "\(period.rawValue) snapshots within \(span.text)"
    }
    let first = (numbers.isEmpty ? [] : [numbers.joined(separator: ", ") + " snapshots"]) + spans
    var parts = first.isEmpty ? [] : [first.joined(separator: ", ")]
    if !tags.isEmpty {
      let lists = tags.map { "[\($0.joined(separator: ", "))]" }.joined(separator: " ")
      parts.append("all snapshots with tags [\(lists)]")
    }
    if !within.isZero { parts.append("all snapshots within \(within.text) of the newest") }
    return parts.isEmpty ? "remove" : "keep " + parts.joined(separator: " and ")
  }
}

extension SnapshotGroup {
  /// In one line, for messages.
  var name: String {
    var parts: [String] = []
    if let host = key.host, !host.isEmpty { parts.append("host \(host)") }
    if let paths = key.paths {
      parts.append("path [\(paths.map(quoted).joined(separator: " "))]")
    }
    if let tags = key.tags, !tags.isEmpty { parts.append("tags [\(tags.joined(separator: " "))]") }
    return parts.joined(separator: ", ")
  }
}
