import Machine
import RepositoryEngine
import RepositoryFormat

/// A file or folder in a snapshot that somebody named.
enum DumpedPath {
  case file(Node)
  /// Its tree, and its path without a slash in front; empty for everything.
  case folder(BlobID, path: [UInt8])

  var isFolder: Bool {
    if case .folder = self { true } else { false }
  }

  /// Looks for a path.
  ///
  /// - Parameters:
  ///   - path: As the user wrote it.
  ///   - top: The tree that it begins in.
  ///   - repository: Theirs, with its index loaded.
  /// - Throws: ``DumpedPathError`` when it isn't there or has no content, ``RepositoryError``.
  init(_ path: [UInt8], below top: BlobID, in repository: Repository) throws {
    let slash = UInt8(ascii: "/")
    let names = FilePath(bytes: [slash] + path).lexicallyNormalized().bytes
      .split(separator: slash).map { Array($0) }
    if names.isEmpty && path.first != slash { throw DumpedPathError(path: [], "") }
    var tree = top
    for (number, name) in names.enumerated() {
      let passed = Array(names[...number].joined(separator: [slash]))
      guard let node = try repository.loadTree(tree).first(where: { $0.name == name }) else {
        throw DumpedPathError(path: passed, "")
      }
      let isLast = number == names.count - 1
      if isLast && node.type == .file {
        self = .file(node)
        return
      }
      guard let subtree = node.subtree else {
        let wanted = isLast ? "file" : "dir"
        let reason = "should be a \(wanted), but is a \"\(node.type.rawValue)\""
        throw DumpedPathError(path: passed, reason)
      }
      tree = subtree
    }
    self = .folder(tree, path: Array(names.joined(separator: [slash])))
  }
}

/// A path that can't be written out.
struct DumpedPathError: ExplainedError {
  /// Without a slash in front.
  let path: [UInt8]
  /// Empty when there is no such path.
  let reason: String
  var cause: (any Error)? { nil }

  init(path: [UInt8], _ reason: String) {
    self.path = path
    self.reason = reason
  }

  var description: String {
    let escaped = path.withUnsafeBytes { goQuoted($0) }
    let text = "\"/\(String(decoding: escaped, as: UTF8.self))\""
    return reason.isEmpty ? "path \(text) not found in snapshot" : "\(text) \(reason)"
  }
}
