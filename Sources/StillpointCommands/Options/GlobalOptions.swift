import ArgumentParser

/// The options that every command takes, before or after its name.
struct GlobalOptions: ParsableArguments {
  @Option(
    name: [.customShort("r"), .long],
    help: .init(
      "Repository to back up to or restore from. (default: $RESTIC_REPOSITORY)",
      valueName: "repository"
    )
  )
  var repo: String?

  @Option(
    help: .init(
      "File to read the location of the repository from. (default: $RESTIC_REPOSITORY_FILE)",
      valueName: "file"
    )
  )
  var repositoryFile: String?

  @Option(
    name: [.customShort("p"), .long],
    help: .init(
      "File to read the password from. (default: $RESTIC_PASSWORD_FILE)",
      valueName: "file"
    )
  )
  var passwordFile: String?

  @Option(
    help: .init(
      "Program to get the password from, without a shell. (default: $RESTIC_PASSWORD_COMMAND)",
      valueName: "command"
    )
  )
  var passwordCommand: String?

  @Flag(help: "Use an empty password. (insecure)")
  var insecureNoPassword = false

  @Option(
    help: .init("ID of the key to try first. (default: $RESTIC_KEY_HINT)", valueName: "key")
  )
  var keyHint: String?

  @Flag(help: "Do not lock the repository.")
  var noLock = false

  @Option(
    help: .init(
      "Keep trying to lock a locked repository for a time like 5m. (default: no retries)",
      valueName: "duration"
    )
  )
  var retryLock: String?

  @Flag(help: "Write messages as JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Write no progress and no summary.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more; twice: every file.")
  var verbose: Int

  @Option(
    help: .init(
      "auto, off, fastest, better or max. (default: $RESTIC_COMPRESSION, else auto)",
      valueName: "mode"
    )
  )
  var compression: String?

  @Option(
    help: .init(
      "Target size of pack files in MiB, 4 to 128. (default: $RESTIC_PACK_SIZE, else 16)",
      valueName: "size"
    )
  )
  var packSize: String?

  @Flag(help: "Accepted; every blob is verified before it is stored.")
  var noExtraVerify = false

  @OptionGroup(visibility: .hidden)
  var remote: RemoteOptions
}

/// Options of restic that mean nothing for a local repository without a cache.
struct RemoteOptions: ParsableArguments {
  @Option var cacert: String?
  @Option var cacheDir: String?
  @Flag var cleanupCache = false
  @Option var httpUserAgent: String?
  @Flag var insecureTls = false
  @Option var limitDownload: String?
  @Option var limitUpload: String?
  @Flag var noCache = false
  @Option(name: [.customShort("o"), .long]) var option: [String] = []
  @Option var stuckRequestTimeout: String?
  @Option var tlsClientCert: String?
}
