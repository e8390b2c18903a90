import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint snapshots`.
struct SnapshotsCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshots",
    abstract: "List all snapshots.",
    discussion: exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("IDs, their beginnings, or latest.", valueName: "snapshot ID"))
  var ids: [String] = []

  @Flag(name: .shortAndLong, help: "Use the compact output format.")
  var compact = false

  @Option(
    name: [.customShort("g"), .long],
    help: .init("Group by host, paths and tags, separated by comma.", valueName: "group")
  )
  var groupBy = ""

  @Option(help: .init("Only the last n snapshots of each host and path.", valueName: "n"))
  var latest: String?

  @OptionGroup(title: "Filters") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    let traits = try SnapshotTrait.parse(groupBy)
    let count = try latestCount()
    let repository = try session.repository()
    let selection = try session.locked(repository, .shared) {
      try SnapshotSelection(ids, filters.filter, in: repository, session.output)
    }
    let groups = SnapshotGroup.groups(of: selection.snapshots, by: traits).map { group in
      count.map { group.keeping(latest: $0, isDivided: traits.isEmpty) } ?? group
    }
    if session.output.isJSON {
      showJSON(groups, isGrouped: !traits.isEmpty, session.output)
    } else {
      show(groups, session.output)
    }
    return selection.isIncomplete ? .failure : .success
  }

  private func latestCount() throws(UsageError) -> Int? {
    guard let latest else { return nil }
    guard let count = Int(latest) else {
      throw UsageError("invalid argument \"\(latest)\" for \"--latest\" flag: not a number")
    }
    return count > 0 ? count : nil
  }

  private func show(_ groups: [SnapshotGroup], _ output: Output) {
    for group in groups {
      if let headline = group.headline { output.line(Array(headline.utf8), isLast: false) }
      let table = SnapshotTable(
        snapshots: group.snapshots,
        isCompact: compact,
        widthMax: output.isTerminal ? output.width : nil
      )
      for line in table.lines { output.line(Array(line.utf8), isLast: false) }
    }
  }

  private func showJSON(_ groups: [SnapshotGroup], isGrouped: Bool, _ output: Output) {
    if isGrouped {
      output.json(groups.map(\.json))
    } else {
      output.json(groups.flatMap(\.snapshots).map(\.json))
    }
  }
}

extension SnapshotGroup {
  /// What stands above the group's table; nil when the snapshots need nothing in common.
  var headline: String? {
    var parts: [String] = []
    if let host = key.host, !host.isEmpty { parts.append("host [\(host)]") }
    if let tags = key.tags, !tags.isEmpty {
      parts.append("tags [\(tags.joined(separator: ", "))]")
    }
    if let paths = key.paths {
      parts.append("paths [\(paths.map(quoted).joined(separator: ", "))]")
    }
    return parts.isEmpty ? nil : "snapshots for (\(parts.joined(separator: ", "))):"
  }

  fileprivate var json: JSONObject {
    var keyObject = JSONObject()
    keyObject.add("hostname", key.host ?? "")
    keyObject.add(orNull: "paths", key.paths?.map { TextBytes($0) })
    keyObject.add(orNull: "tags", key.tags.flatMap { $0.isEmpty ? nil : $0 })
    var object = JSONObject()
    object.add("group_key", keyObject)
    object.add("snapshots", snapshots.map(\.json))
    return object
  }

  /// Only the last `count` snapshots, or when it is divided those of each host and paths.
  fileprivate func keeping(latest count: Int, isDivided: Bool) -> SnapshotGroup {
    let kept = SnapshotGroup.groups(of: snapshots, by: isDivided ? [.host, .paths] : [])
      .flatMap { $0.snapshots.suffix(count) }
    var group = self
    group.snapshots = snapshots.filter { snapshot in kept.contains { $0.id == snapshot.id } }
    return group
  }
}
