import ArgumentParser
import Machine
import RepositoryEngine

/// Which snapshots are meant.
struct SnapshotFilterOptions: ParsableArguments {
  @Option(
    name: [.customShort("H"), .long],
    help: .init(
      "Only snapshots of this host. (can be repeated; empty: any) (default: $RESTIC_HOST)",
      valueName: "host"
    )
  )
  var host: [String] = []

  @OptionGroup var others: TagAndPathOptions

  var filter: SnapshotFilter { others.filter(hosts: host) }
}

/// Which snapshots are meant, where `-H` means something else.
struct LongFilterOptions: ParsableArguments {
  @Option(
    help: .init(
      "Only snapshots of this host. (can be repeated; empty: any) (default: $RESTIC_HOST)",
      valueName: "host"
    )
  )
  var host: [String] = []

  @OptionGroup var others: TagAndPathOptions

  var filter: SnapshotFilter { others.filter(hosts: host) }
}

/// Which snapshots are meant, by tags and paths.
struct TagAndPathOptions: ParsableArguments {
  @Option(
    help: .init(
      "Only snapshots that have all of these tags. (can be repeated)",
      valueName: "tag[,tag,...]"
    )
  )
  var tag: [String] = []

  @Option(
    help: .init(
      "Only snapshots that include this absolute path. (can be repeated)",
      valueName: "path"
    )
  )
  var path: [String] = []

  /// The filter for these and `hosts`; without a host, the environment's.
  func filter(hosts: [String]) -> SnapshotFilter {
    let hosts = hosts.isEmpty ? Environment.value("HOST").map { [$0] } ?? [] : hosts
    return SnapshotFilter(
      hosts: hosts == [""] ? [] : hosts.map(storedText),
      tags: tag.map { storedText($0).split(separator: ",", omittingEmptySubsequences: false) }
        .map { $0.map(trimmed) },
      paths: path.map { ByteText.bytes($0) }
    )
  }
}

extension SnapshotFilter {
  /// The filter for one snapshot, `latest`, where paths may be relative.
  ///
  /// For several they are taken as they were written, as in restic: who forgets shouldn't find more
  /// than was meant.
  var forLatest: SnapshotFilter {
    var filter = self
    filter.paths = paths.map { normalized(FilePath(bytes: $0)).bytes }
    return filter
  }
}

/// An argument as the repository holds it: there is no room for bytes that aren't UTF-8.
func storedText(_ text: String) -> String { String(decoding: ByteText.bytes(text), as: UTF8.self) }

/// Splits `a,b` into tags, without empty ones.
func splitTags(_ text: String) -> [String] {
  storedText(text).split(separator: ",").map(trimmed).filter { !$0.isEmpty }
}

/// The text without white space around it.
func trimmed(_ text: Substring) -> String {
  let start = text.drop(while: \.isWhitespace)
  return String(start.reversed().drop(while: \.isWhitespace).reversed())
}

/// Returns `path` absolute, and without `.`, `..` and doubled slashes; links are not looked at.
func normalized(_ path: FilePath) -> FilePath {
  var path = path
  if path.isRelative, let start = try? workingDirectory() { path = start.pushing(path) }
  path.lexicallyNormalize()
  return path
}
