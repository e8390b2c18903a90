import Machine
import RepositoryEngine
import RepositoryFormat

extension Repository {
  /// The snapshots that IDs and filters mean, for commands that work on each by itself.
  ///
  /// What can't be found or read is said, in restic's words, and passed over.
  ///
  /// - Parameters:
  ///   - ids: Beginnings of IDs, or `latest`; none for all that pass the filter.
  ///   - filter: Which ones all and `latest` choose from.
  ///   - output: Where it is said what is passed over.
  /// - Returns: Each snapshot once: in the order of `ids`, else the oldest first.
  /// - Throws: ``StoreError``.
  func snapshots(
    meantBy ids: [String],
    _ filter: SnapshotFilter,
    _ output: Output
  ) throws -> [StoredSnapshot] {
    if ids.isEmpty {
      return try snapshots { output.ignore($0.fileName, ErrorText($0).line) }
        .filter { filter.matches($0.file) }
    }
    var found: [StoredSnapshot] = []
    for (position, id) in ids.enumerated() where !ids[..<position].contains(id) {
      do {
        let snapshot = try snapshot(meantBy: id, filter)
        if !found.contains(where: { $0.id == snapshot.id }) { found.append(snapshot) }
      } catch let error as RepositoryError {
        output.ignore(id, error.isNoLatest ? filter.matchesNothing : ErrorText(error).line)
      } catch let error as UsageError {
        output.ignore(id, error.description)
      }
    }
    if !ids.contains("latest") && filter != SnapshotFilter() {
      output.ignore("filters", "explicit snapshot ids are given")
    }
    return found
  }

  private func snapshot(
    meantBy id: String,
    _ filter: SnapshotFilter
  ) throws -> StoredSnapshot {
    if id.contains(":") {
      throw UsageError("<snapshot>:<subfolder> syntax not allowed")
    }
    return try snapshot(matching: id, filter: filter)
  }
}

extension Output {
  /// Says that something the user meant is passed over.
  fileprivate func ignore(_ what: String, _ why: String) {
    error(["Ignoring \"\(what)\": \(why)"])
  }
}

extension RepositoryError {
  /// The name of the damaged file; empty when it is none.
  fileprivate var fileName: String {
    if case .damaged(_, let name) = reason { return name }
    return ""
  }

  fileprivate var isNoLatest: Bool { reason == .noMatch(.snapshot, prefix: "latest") }
}

extension SnapshotFilter {
  /// That no snapshot passes, as restic says it.
  fileprivate var matchesNothing: String {
    func list(_ items: [String], _ separator: String) -> String {
      "[\(items.joined(separator: separator))]"
    }
    let paths = list(paths.map { String(decoding: $0, as: UTF8.self) }, " ")
    let tags = list(tags.map { list($0, ", ") }, " ")
    return "no snapshot matched given filter "
      + "(Paths:\(paths) Tags:\(tags) Hosts:\(list(hosts, " ")))"
  }
}
