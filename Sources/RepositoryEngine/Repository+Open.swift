import Machine
package import ObjectStorage
package import RepositoryFormat

extension Repository {
  /// How many keys are tried, as in restic.
  private static let keysMax = 20
  private static let configName = ObjectName(kind: FileKind.config.rawValue, name: "")

  /// Makes a repository in an empty store.
  ///
  /// - Parameters:
  ///   - store: Its folders are made.
  ///   - password: As typed.
  ///   - version: 1 or 2.
  ///   - polynomial: Where chunks are cut; nil for a new one.
  ///   - scrypt: What opening costs; nil for what this machine does in half a second.
  ///   - options: How it is written from now on.
  /// - Returns: The repository, opened.
  /// - Throws: ``RepositoryError`` when there is one already, ``StoreError``.
  package static func initialize(
    in store: any ObjectStore,
    password: [UInt8],
    version: Int = 2,
    polynomial: RabinPolynomial? = nil,
    scrypt: ScryptParameters? = nil,
    options: RepositoryOptions = RepositoryOptions()
  ) throws -> Repository {
    precondition(version == 1 || version == 2, "format versions are 1 and 2")
    if try isPresent(in: store) { throw RepositoryError(.alreadyInitialized, at: store.location) }
    let config = ConfigFile(
      version: version,
      id: Digest(bytes: randomBytes(32)),
      chunkerPolynomial: polynomial ?? RabinPolynomial.random()
    )
    let master = MasterKey.random()
    let keyFile = try makeKey(for: master, password, scrypt)
    if try keyFile.open(password: password) != master {
      throw RepositoryError(.badVerification("key"), at: store.location)
    }
    let keyBytes = keyFile.encoded()
    let keyName = sha256(keyBytes).hex
    try store.prepare()
    try store.put(ObjectName(kind: FileKind.key.rawValue, name: keyName), keyBytes)
    try store.put(configName, Sealer(master).sealed(config.encoded()))
    return Repository(
      store: store,
      config: config,
      key: master,
      keyName: keyName,
      options: options
    )
  }

  /// Opens a repository with the first key that fits the password.
  ///
  /// - Parameters:
  ///   - store: Where it is.
  ///   - password: As typed.
  ///   - keyHint: The beginning of the name of a key to try first.
  ///   - options: How it is written.
  /// - Returns: The repository.
  /// - Throws: ``RepositoryError`` that tells a missing repository, a wrong password and damaged
  ///   files apart; ``StoreError``.
  package static func open(
    _ store: any ObjectStore,
    password: [UInt8],
    keyHint: String? = nil,
    options: RepositoryOptions = RepositoryOptions()
  ) throws -> Repository {
    let sealed: [UInt8]
    do {
      sealed = try store.get(configName)
    } catch let error as StoreError where error.isMissing {
      throw RepositoryError(.noRepository, at: store.location, cause: error)
    }
    let (master, keyName) = try findKey(in: store, password, hint: keyHint)
    let config: ConfigFile
    do {
      config = try ConfigFile(parsing: try Sealer(master).opened(sealed))
    } catch let error as FormatError {
      // Its seal is whole, so it is what someone wrote who knows the key.
      throw RepositoryError(.unsupportedConfig, at: store.location, cause: error)
    } catch {
      throw RepositoryError(.damaged(.config, name: ""), at: store.location, cause: error)
    }
    return Repository(
      store: store,
      config: config,
      key: master,
      keyName: keyName,
      options: options
    )
  }

  private static func isPresent(in store: any ObjectStore) throws -> Bool {
    do {
      _ = try store.size(of: configName)
      return true
    } catch let error as StoreError where error.isMissing {}
    for kind in [FileKind.key, .snapshot] {
      do {
        if try !store.list(kind.rawValue).isEmpty { return true }
      } catch let error as StoreError where error.isMissing {}
    }
    return false
  }

  private static func findKey(
    in store: any ObjectStore,
    _ password: [UInt8],
    hint: String?
  ) throws -> (MasterKey, name: String) {
    let names = try store.list(FileKind.key.rawValue).map(\.name.name).sorted()
    let hinted = hint.map { hint in names.filter { $0.hasPrefix(hint) } } ?? []
    let others = names.filter { !hinted.contains($0) }
    var damaged: [(name: String, cause: any Error)] = []
    var hasOtherPasswords = false
    for name in (hinted + others).prefix(keysMax) {
      do {
        let file = try KeyFile(parsing: loadVerified(.key, name, from: store))
        return (try file.open(password: password), name)
      } catch KeyError.wrongPassword {
        hasOtherPasswords = true
      } catch let error as StoreError {
        throw error
      } catch {
        damaged.append((name, (error as? RepositoryError)?.cause ?? error))
      }
    }
    let location = store.location
    if hasOtherPasswords {
      throw RepositoryError(.wrongPassword(damagedKeys: damaged.map(\.name)), at: location)
    }
    guard let first = damaged.first else { throw RepositoryError(.noKey, at: location) }
    let all = damaged.map(\.name).joined(separator: ", ")
    throw RepositoryError(.damaged(.key, name: all), at: location, cause: first.cause)
  }
}
