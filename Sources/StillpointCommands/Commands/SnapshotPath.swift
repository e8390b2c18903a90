import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat

extension Repository {
  /// The snapshot that an ID, its beginning or `latest` means.
  ///
  /// For `latest` a damaged snapshot is warned about and passed over: in need any other is
  /// better than none.
  ///
  /// - Throws: ``RepositoryError``.
  func choose(
    _ pattern: String,
    _ filter: SnapshotFilter,
    _ output: Output
  ) throws -> StoredSnapshot {
    guard pattern == "latest" else { return try snapshot(matching: pattern) }
    let filter = filter.forLatest
    let all = try snapshots { output.warn(ErrorText($0).line) }
    guard let latest = all.last(where: { filter.matches($0.file) }) else {
      throw RepositoryError(.noMatch(.snapshot, prefix: pattern), at: store.location)
    }
    return latest
  }

  /// The snapshot and the tree that `ID` or `ID:PATH` means; the index is loaded for it.
  ///
  /// - Throws: ``RepositoryError``, ``SubfolderError``, ``Interrupted``.
  func find(
    _ text: String,
    _ filter: SnapshotFilter,
    _ session: Session
  ) throws -> (snapshot: StoredSnapshot, tree: BlobID) {
    let parts = SnapshotPath(text)
    let snapshot = try choose(parts.id, filter, session.output)
    try loadIndex(session.interruption)
    return (snapshot, try tree(of: snapshot, at: parts))
  }

  /// The tree of the folder that `path` names in a snapshot; the index is loaded.
  ///
  /// - Throws: ``RepositoryError``, ``SubfolderError``.
  func tree(of snapshot: StoredSnapshot, at path: SnapshotPath) throws -> BlobID {
    var tree = snapshot.file.tree
    var passed: [String] = []
    for name in path.names {
      passed.append(String(decoding: name, as: UTF8.self))
      let folder = passed.joined(separator: "/")
      guard let node = try loadTree(tree).first(where: { $0.name == name }) else {
        throw SubfolderError(path: folder, reason: "not found")
      }
      guard let subtree = node.subtree else {
        throw SubfolderError(path: folder, reason: "not a directory")
      }
      tree = subtree
    }
    return tree
  }
}

/// `ID` or `ID:PATH`.
struct SnapshotPath {
  let id: String
  /// As written; empty when there is none.
  let subfolder: String

  init(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    id = String(parts[0])
    subfolder = parts.count > 1 ? String(parts[1]) : ""
  }

  /// The names on the way to the folder.
  var names: [[UInt8]] {
    path.bytes.split(separator: UInt8(ascii: "/")).map { Array($0) }
  }

  /// The folder as an absolute path; `/` when there is none.
  var path: FilePath {
    FilePath(bytes: Array("/".utf8) + ByteText.bytes(subfolder)).lexicallyNormalized()
  }
}

/// A folder that isn't in a snapshot.
struct SubfolderError: ExplainedError {
  let path: String
  let reason: String
  var cause: (any Error)? { nil }

  var description: String { "path \(path): \(reason)" }
}
