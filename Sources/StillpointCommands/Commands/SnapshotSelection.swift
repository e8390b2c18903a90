import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// The snapshots that a command over several of them means.
struct SnapshotSelection {
  /// The oldest first.
  private(set) var snapshots: [StoredSnapshot] = []
  /// Whether a snapshot that passes the filter may be missing, since one can't be read.
  private(set) var isIncomplete = false
  /// How many of the IDs mean none.
  private(set) var unknownCount = 0

  /// Takes the snapshots that `ids` name, each once; without any, all that pass the filter.
  ///
  /// What can't be had is named on standard error and left out, as in restic.
  ///
  /// - Parameters:
  ///   - ids: IDs, their beginnings, or `latest`.
  ///   - filter: For all, and for `latest`.
  ///   - repository: Where they are.
  ///   - output: Where it is said what was left out.
  /// - Throws: ``RepositoryError``, ``StoreError``.
  init(
    _ ids: [String],
    _ filter: SnapshotFilter,
    in repository: Repository,
    _ output: Output
  ) throws {
    if ids.isEmpty {
      let isDamaged = Atomic(false)
      snapshots = try repository.snapshots { error in
        isDamaged.store(true, ordering: .relaxed)
        output.error(["error: \(ErrorText(error).line)"])
      }
      .filter { filter.matches($0.file) }
      isIncomplete = isDamaged.load(ordering: .relaxed)
      return
    }
    for id in ids {
      guard let reason = try add(id, filter, repository, output) else { continue }
      unknownCount += 1
      output.ignore(id, reason)
    }
    if !ids.contains("latest") && filter != SnapshotFilter() {
      output.ignore("filters", "explicit snapshot ids are given")
    }
    snapshots.sort {
      ($0.file.time.seconds, $0.file.time.nanoseconds)
        < ($1.file.time.seconds, $1.file.time.nanoseconds)
    }
  }

  /// Adds one snapshot; returns why it can't be had.
  private mutating func add(
    _ id: String,
    _ filter: SnapshotFilter,
    _ repository: Repository,
    _ output: Output
  ) throws -> String? {
    let path = SnapshotPath(id)
    if !path.subfolder.isEmpty || id == "latest:" {
      return "<snapshot>:<subfolder> syntax not allowed"
    }
    do {
      let snapshot = try repository.choose(path.id, filter, output)
      if !snapshots.contains(where: { $0.id == snapshot.id }) { snapshots.append(snapshot) }
      return nil
    } catch let error as RepositoryError {
      switch error.reason {
      case .noMatch where id == "latest": return "no snapshot matched given filter (\(filter.text))"
      case .noMatch, .ambiguous: return ErrorText(error).line
      case .damaged:
        isIncomplete = true
        return ErrorText(error).line
      default: throw error
      }
    }
  }
}

extension Output {
  fileprivate func ignore(_ what: String, _ reason: String) {
    error(["Ignoring \"\(what)\": \(reason)"])
  }
}

extension SnapshotFilter {
  /// As restic shows it in errors.
  fileprivate var text: String {
    let paths = paths.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    let tags = tags.map { "[\($0.joined(separator: ", "))]" }.joined(separator: " ")
    return "Paths:[\(paths)] Tags:[\(tags)] Hosts:[\(hosts.joined(separator: " "))]"
  }
}
