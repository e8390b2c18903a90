import Machine
import ObjectStorage
import RepositoryEngine
import RepositoryFormat

/// What one command works with.
struct Session {
  var settings: Settings
  let output: Output
  let interruption: Interruption
  /// What the user wrote.
  let arguments: CommandLineArguments
  /// Whether the command reads something else from standard input.
  var isInputTaken = false
  /// How a person is asked for the password.
  var passwordQuestion = "enter password for repository: "

  /// Where the repository is.
  ///
  /// - Throws: ``UsageError`` when nobody said, ``StoreLocationError``.
  func store() throws -> any ObjectStore {
    guard let text = settings.repository else {
      throw UsageError("Please specify repository location (-r or --repository-file)")
    }
    var location = try StoreLocation(parsing: text)
    if !text.hasPrefix("local:") {
      location = StoreLocation(path: FilePath(bytes: ByteText.bytes(text)))
    }
    let (upload, download) = (settings.uploadRate, settings.downloadRate)
    if upload == nil && download == nil { return location.store() }
    return LimitedStore(location.store(), upload: upload, download: download)
  }

  /// The repository as the user wrote it.
  var repositoryName: String { settings.repository ?? "" }

  /// Opens the repository; a person who mistypes the password may try again twice.
  ///
  /// - Throws: ``RepositoryError`` and others that say why not.
  func repository() throws -> Repository {
    let store = try store()
    var triesLeft = passwords.asksPerson ? 2 : 0
    while true {
      do {
        let repository = try Repository.open(
          store,
          password: passwords.password(question: passwordQuestion),
          keyHint: settings.keyHint,
          options: repositoryOptions
        )
        announce(repository)
        return repository
      } catch let error as RepositoryError {
        guard case .wrongPassword = error.reason, triesLeft > 0 else { throw error }
        triesLeft -= 1
        output.error(["wrong password or no key found. Try again"])
      }
    }
  }

  /// Runs `body` while holding a lock.
  ///
  /// - Parameters:
  ///   - repository: What is locked.
  ///   - kind: How.
  ///   - isOptional: Whether the work may do without, with `--no-lock`.
  ///   - isNeeded: False for work that writes nothing.
  ///   - body: The work.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws; ``RepositoryError`` when others hold the lock.
  func locked<Value>(
    _ repository: Repository,
    _ kind: LockKind,
    isOptional: Bool = true,
    isNeeded: Bool = true,
    _ body: () throws -> Value
  ) throws -> Value {
    if !isNeeded || isOptional && !settings.isLocking { return try body() }
    var isHeld = false
    do {
      return try repository.locked(
        kind,
        retryFor: settings.lockRetry,
        interruption: interruption,
        onWait: {
          let limit = goText(settings.lockRetry)
          output.say("repo already locked, waiting up to \(limit) for the lock")
        }
      ) {
        isHeld = true
        return try body()
      }
    } catch let error as StoreError where isOptional && !isHeld && error.reason == .denied {
      throw Restated(
        description: "unable to create lock in backend",
        hint: "what can't be written to is read with --no-lock",
        cause: error
      )
    }
  }

  var passwords: PasswordReader {
    PasswordReader(
      source: settings.passwordSource,
      isInputTaken: isInputTaken,
      interruption: interruption
    )
  }

  var repositoryOptions: RepositoryOptions {
    var options = RepositoryOptions()
    options.compression = settings.compression
    if let size = settings.packSize { options.packSize = size }
    return options
  }

  private func announce(_ repository: Repository) {
    guard output.isTerminal else { return }
    let version = repository.config.version
    let level = version > 1 ? ", compression level \(settings.compression.rawValue)" : ""
    output.say("repository \(repository.id.prefix(8)) opened (version \(version)\(level))")
  }
}
