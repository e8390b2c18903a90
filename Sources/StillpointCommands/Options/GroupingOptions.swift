import RepositoryEngine
import RepositoryFormat

/// What snapshots of one group have in common.
enum SnapshotTrait: String, CaseIterable {
  case host, paths, tags

  /// Reads `host,paths,tags`, any of them; empty for none.
  ///
  /// - Throws: ``UsageError`` for another word.
  static func parse(_ text: String) throws(UsageError) -> Set<SnapshotTrait> {
    var traits: Set<SnapshotTrait> = []
    for word in text.split(separator: ",") {
      switch word {
      case "host", "hosts": traits.insert(.host)
      case "path", "paths": traits.insert(.paths)
      case "tag", "tags": traits.insert(.tags)
      default:
        throw UsageError(
          "invalid argument \"\(text)\" for \"-g, --group-by\" flag: "
            + "unknown grouping option: \"\(word)\""
        )
      }
    }
    return traits
  }
}

/// Snapshots that have something in common.
struct SnapshotGroup {
  /// What they have in common; nil where that doesn't count.
  struct Key: Hashable {
    var host: String?
    var paths: [[UInt8]]?
    var tags: [String]?

    init(_ file: SnapshotFile, by traits: Set<SnapshotTrait>) {
      if traits.contains(.host) { host = file.hostname }
      if traits.contains(.paths) {
        paths = file.paths.sorted { $0.lexicographicallyPrecedes($1) }
      }
      if traits.contains(.tags) { tags = file.tags.sorted() }
    }
  }

  var key: Key
  var snapshots: [StoredSnapshot]

  /// Groups `snapshots`, keeping their order; the groups are in the order of their first.
  ///
  /// Paths, and tags when they count, come sorted, as from restic.
  static func groups(
    of snapshots: [StoredSnapshot],
    by traits: Set<SnapshotTrait>
  ) -> [SnapshotGroup] {
    var groups: [SnapshotGroup] = []
    var numbers: [Key: Int] = [:]
    for snapshot in snapshots {
      let key = Key(snapshot.file, by: traits)
      var snapshot = snapshot
      snapshot.file.paths.sort { $0.lexicographicallyPrecedes($1) }
      if traits.contains(.tags) { snapshot.file.tags.sort() }
      if let number = numbers[key] {
        groups[number].snapshots.append(snapshot)
      } else {
        numbers[key] = groups.count
        groups.append(SnapshotGroup(key: key, snapshots: [snapshot]))
      }
    }
    return groups
  }
}
