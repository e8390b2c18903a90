package import Machine
import ObjectStorage
import RepositoryEngine

extension Program {
  /// `stillpoint` with a new repository, and everything else that it keeps, below a folder.
  ///
  /// The password costs nothing: the test machine needs 15 s for one that is as hard as others.
  ///
  /// - Parameter folder: Where the repository and the program's own folders are made.
  /// - Returns: The program, with all that in its environment.
  /// - Throws: What making a repository throws.
  package static func stillpoint(withRepositoryIn folder: FilePath) throws -> Program {
    let repository = folder.appending("repository")
    _ = try Repository.forTesting(in: LocalStore(path: repository))
    var stillpoint = Program.stillpoint
    stillpoint.environment = [
      "STILLPOINT_REPOSITORY": repository.string,
      "STILLPOINT_PASSWORD": String(decoding: Repository.testPassword, as: UTF8.self),
      "STILLPOINT_STATE_DIR": folder.appending("state").string,
      "STILLPOINT_CACHE_DIR": folder.appending("cache").string,
    ]
    return stillpoint
  }
}

/// Opens what ``makeTestRepository(at:version:)`` makes.
package let testRepositoryPassword = String(decoding: Repository.testPassword, as: UTF8.self)

/// Makes an empty repository whose password costs nothing, for any program.
///
/// - Parameters:
///   - path: Need not exist yet.
///   - version: 1 or 2.
/// - Throws: What making a repository throws.
package func makeTestRepository(at path: FilePath, version: Int = 2) throws {
  _ = try Repository.forTesting(in: LocalStore(path: path), version: version)
}
