import Machine
import RepositoryFormat

/// What the global options and the environment decide, read and checked.
struct Settings {
  /// Where the repository is, as the user wrote it; nil when nobody said.
  private(set) var repository: String?
  private(set) var passwordSource: PasswordSource
  private(set) var keyHint: String?
  let isLocking: Bool
  /// How long to wait for a lock.
  let lockRetry: Duration
  let compression: CompressionLevel
  /// In bytes; nil takes the repository's own choice.
  let packSize: Int?
  /// In bytes a second; nil for any number.
  let uploadRate: Int?
  let downloadRate: Int?

  /// - Throws: ``UsageError`` for values that make no sense, whoever gave them.
  init(_ options: GlobalOptions) throws {
    repository = try Self.location(options.repo, file: options.repositoryFile, "")
    passwordSource = try PasswordSource.chosen(by: options)
    keyHint = options.keyHint ?? Environment.value("KEY_HINT")
    isLocking = !options.noLock
    lockRetry = try Self.parseLockRetry(options.retryLock)
    compression = try Self.parseCompression(options.compression)
    packSize = try Self.parsePackSize(options.packSize)
    uploadRate = try Self.parseRate(options.remote.limitUpload, "--limit-upload")
    downloadRate = try Self.parseRate(options.remote.limitDownload, "--limit-download")
    try Self.check(options.remote)
  }

  /// The same for the repository that something is taken from.
  ///
  /// - Throws: ``UsageError`` when nobody said where that is, or said it twice.
  func source(_ options: SourceRepositoryOptions) throws -> Settings {
    var settings = self
    settings.repository = try Self.location(
      options.fromRepo,
      file: options.fromRepositoryFile,
      "FROM_"
    )
    if settings.repository == nil {
      throw UsageError(
        "Please specify a source repository location (--from-repo or --from-repository-file)"
      )
    }
    settings.passwordSource = try PasswordSource.chosen(by: options)
    settings.keyHint = options.fromKeyHint ?? Environment.value("FROM_KEY_HINT")
    return settings
  }

  /// The location that options give, else the environment variables `prefix` + `REPOSITORY`.
  private static func location(
    _ repo: String?,
    file: String?,
    _ prefix: String
  ) throws -> String? {
    if let found = try location(repo, file: file, isSource: !prefix.isEmpty) { return found }
    for family in Environment.Family.allCases {
      let repo = Environment.value("\(prefix)REPOSITORY", in: family)
      let file = Environment.value("\(prefix)REPOSITORY_FILE", in: family)
      if let found = try location(repo, file: file, isSource: !prefix.isEmpty) { return found }
    }
    return nil
  }

  private static func location(
    _ repo: String?,
    file: String?,
    isSource: Bool
  ) throws -> String? {
    let repo = repo?.isEmpty == false ? repo : nil
    guard let file, !file.isEmpty else { return repo }
    if repo != nil {
      let names =
        isSource ? "--from-repo and --from-repository-file" : "-r and --repository-file"
      throw UsageError(
        "options \(names) are mutually exclusive, please specify only one"
      )
    }
    do {
      let text = trimmed(decodedText(try readWholeFile(FilePath(bytes: ByteText.bytes(file)))))
      return text.isEmpty ? nil : ByteText.text(text)
    } catch {
      if error.errno == .noSuchFileOrDirectory {
        throw UsageError("repository file \(file) does not exist")
      }
      throw error
    }
  }

  private static func parseLockRetry(_ text: String?) throws(UsageError) -> Duration {
    guard let text else { return .zero }
    guard let duration = parseDuration(text) else {
      throw UsageError("invalid argument \"\(text)\" for \"--retry-lock\" flag")
    }
    return duration
  }

  private static func parseCompression(_ text: String?) throws(UsageError) -> CompressionLevel {
    let names = CompressionLevel.allCases.map(\.rawValue).joined(separator: "|")
    let hint = "must be one of (\(names))"
    if let text {
      guard let level = CompressionLevel(rawValue: text) else {
        throw UsageError(
          "invalid argument \"\(text)\" for \"--compression\" flag: invalid compression mode, "
            + hint
        )
      }
      return level
    }
    guard let text = Environment.value("COMPRESSION") else { return .auto }
    guard let level = CompressionLevel(rawValue: text) else {
      let name = Environment.foundName("COMPRESSION")
      throw UsageError("invalid value for \(name) \"\(text)\": invalid compression mode, \(hint)")
    }
    return level
  }

  private static func parsePackSize(_ text: String?) throws(UsageError) -> Int? {
    guard let given = text ?? Environment.value("PACK_SIZE") else { return nil }
    guard let size = Int(given) else {
      let name = text == nil ? Environment.foundName("PACK_SIZE") : "--pack-size"
      throw UsageError("invalid value for \(name) \"\(given)\": not a number")
    }
    if size == 0 { return nil }
    if size < 4 { throw UsageError("pack size smaller than minimum of 4 MiB") }
    if size > 128 { throw UsageError("pack size larger than limit of 128 MiB") }
    return size << 20
  }

  /// - Throws: ``UsageError`` for extended options without a value; others change nothing here.
  private static func check(_ options: RemoteOptions) throws(UsageError) {
    for option in options.option where !option.contains("=") {
      throw UsageError("extended option \(option) has no value", hint: "write it as key=value")
    }
  }

  /// In bytes a second, from KiB; nil for any number.
  private static func parseRate(_ text: String?, _ name: String) throws(UsageError) -> Int? {
    guard let text else { return nil }
    guard let rate = Int(text), rate >= 0, rate < Int.max >> 10 else {
      throw UsageError("invalid argument \"\(text)\" for \"\(name)\" flag")
    }
    return rate > 0 ? rate << 10 : nil
  }
}
