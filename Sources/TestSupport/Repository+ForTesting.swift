package import ObjectStorage
package import RepositoryEngine
package import RepositoryFormat

extension Repository {
  /// What opens repositories of tests.
  package static let testPassword = Array("test".utf8)

  /// A polynomial that cuts the same chunks in every run.
  package static let testPolynomial = RabinPolynomial(0x3d_a335_8b4d_c173)

  /// Makes a repository whose password costs nothing.
  ///
  /// - Parameters:
  ///   - store: Where; in memory when left out.
  ///   - version: 1 or 2.
  ///   - options: Locks are written without waiting for others unless the options say so.
  /// - Returns: The repository, opened, with its empty index loaded.
  /// - Throws: What `initialize` throws.
  package static func forTesting(
    in store: any ObjectStore = MemoryStore(),
    version: Int = 2,
    options: RepositoryOptions = .forTesting
  ) throws -> Repository {
    let repository = try Repository.initialize(
      in: store,
      password: testPassword,
      version: version,
      polynomial: testPolynomial,
      scrypt: .forTesting,
      options: options
    )
    try repository.loadIndex()
    return repository
  }

  /// Opens what ``forTesting(in:version:options:)`` made, and loads its index.
  ///
  /// - Throws: What `open` and `loadIndex` throw.
  package static func openForTesting(
    _ store: any ObjectStore,
    options: RepositoryOptions = .forTesting
  ) throws -> Repository {
    let repository = try Repository.open(store, password: testPassword, options: options)
    try repository.loadIndex()
    return repository
  }
}

extension RepositoryOptions {
  /// Without the wait of 200 ms after writing a lock.
  package static var forTesting: RepositoryOptions {
    var options = RepositoryOptions()
    options.lockTimes.recheck = .zero
    return options
  }
}
