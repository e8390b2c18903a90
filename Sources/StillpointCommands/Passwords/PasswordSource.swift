import Machine

/// Where the password comes from.
enum PasswordSource: Hashable {
  case none
  case file(String)
  case command(String)
  case variable([UInt8])
  /// Nobody said: a person is asked, or standard input is read.
  case asked

  /// Chooses among what was given: the command line wins, then our environment variables,
  /// then restic's.
  ///
  /// - Throws: ``UsageError`` for sources that exclude each other.
  static func chosen(by options: GlobalOptions) throws(UsageError) -> PasswordSource {
    let given = try explicit(options.passwordFile, options.passwordCommand, "")
    return try chosen(given, isNone: options.insecureNoPassword)
  }

  /// The same for the repository that something is taken from.
  static func chosen(
    by options: SourceRepositoryOptions
  ) throws(UsageError) -> PasswordSource {
    let given = try explicit(options.fromPasswordFile, options.fromPasswordCommand, "FROM_")
    return try chosen(given, isNone: options.fromInsecureNoPassword)
  }

  private static func chosen(
    _ given: PasswordSource?,
    isNone: Bool
  ) throws(UsageError) -> PasswordSource {
    guard isNone else { return given ?? .asked }
    if given != nil {
      throw UsageError(
        "--insecure-no-password must not be specified together with providing a password "
          + "via a cli option or environment variable"
      )
    }
    return .none
  }

  /// What options give, else the environment variables `prefix` + `PASSWORD`.
  private static func explicit(
    _ file: String?,
    _ command: String?,
    _ prefix: String
  ) throws(UsageError) -> PasswordSource? {
    if let source = try single(file: file, command: command) { return source }
    for family in Environment.Family.allCases {
      let file = Environment.value("\(prefix)PASSWORD_FILE", in: family)
      let command = Environment.value("\(prefix)PASSWORD_COMMAND", in: family)
      if let source = try single(file: file, command: command) { return source }
      if let password = Environment.value("\(prefix)PASSWORD", in: family) {
        return .variable(ByteText.bytes(password))
      }
    }
    return nil
  }

  private static func single(
    file: String?,
    command: String?
  ) throws(UsageError) -> PasswordSource? {
    let file = file?.isEmpty == false ? file : nil
    let command = command?.isEmpty == false ? command : nil
    if file != nil && command != nil {
      throw UsageError("password file and command are mutually exclusive options")
    }
    return command.map { .command($0) } ?? file.map { .file($0) }
  }
}

/// A password that could not be had.
struct PasswordError: ExplainedError {
  let description: String
  var cause: (any Error)?
  var hint: String?

  init(_ description: String, cause: (any Error)? = nil, hint: String? = nil) {
    self.description = description
    self.cause = cause
    self.hint = hint
  }

  static func empty(_ flag: String) -> PasswordError {
    PasswordError(
      "an empty password is not allowed by default",
      hint: "pass the flag `\(flag)` to disable this check"
    )
  }
}
