import Archiving
import Machine

/// Where a local repository lies, seen from what is backed up.
///
/// A repository that is read while it is written grows for as long as the backup runs, and no
/// backup of it can be whole.
struct RepositoryPlace {
  /// Without links.
  let path: FilePath

  init?(_ location: String) {
    guard let path = try? realPath(of: FilePath(location)) else { return nil }
    self.path = path
  }

  /// Where the repository stands below `source`, in the source's own words.
  ///
  /// - Returns: Nil when it lies elsewhere.
  /// - Throws: ``SourceInRepository`` when the source is the repository or lies in it.
  func pathBelow(_ source: ArchiveTarget) throws(SourceInRepository) -> FilePath? {
    guard let real = try? realPath(of: source.path) else { return nil }
    if real.starts(with: path) { throw SourceInRepository(path: source.path) }
    var rest = path
    guard rest.removePrefix(real) else { return nil }
    return source.path.appending(rest.components)
  }
}

/// A source that is a part of the repository it would be stored in.
struct SourceInRepository: ExplainedError {
  let path: FilePath
  var cause: (any Error)? { nil }

  var description: String { "\(path) lies in the repository it would be stored in" }
  var hint: String? { "copy a repository to another place instead" }
}
