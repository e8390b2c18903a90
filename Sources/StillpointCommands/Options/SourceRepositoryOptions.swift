import ArgumentParser

/// The repository that something is taken from.
struct SourceRepositoryOptions: ParsableArguments {
  @Option(
    help: .init(
      "Source repository. (default: $RESTIC_FROM_REPOSITORY)",
      valueName: "repository"
    )
  )
  var fromRepo: String?

  @Option(
    help: .init(
      "File to read the location of the source repository from. "
        + "(default: $RESTIC_FROM_REPOSITORY_FILE)",
      valueName: "file"
    )
  )
  var fromRepositoryFile: String?

  @Option(
    help: .init(
      "File to read its password from. (default: $RESTIC_FROM_PASSWORD_FILE)",
      valueName: "file"
    )
  )
  var fromPasswordFile: String?

  @Option(
    help: .init(
      "Program to get its password from. (default: $RESTIC_FROM_PASSWORD_COMMAND)",
      valueName: "command"
    )
  )
  var fromPasswordCommand: String?

  @Option(
    help: .init("ID of its key to try first. (default: $RESTIC_FROM_KEY_HINT)", valueName: "key")
  )
  var fromKeyHint: String?

  @Flag(help: "Use an empty password for the source repository. (insecure)")
  var fromInsecureNoPassword = false
}

extension Session {
  /// The same session on the repository that something is taken from.
  ///
  /// - Throws: ``UsageError`` when nobody said where that is, or said it twice.
  func source(_ options: SourceRepositoryOptions) throws -> Session {
    var session = self
    session.settings = try settings.source(options)
    session.passwordQuestion = "enter password for source repository: "
    return session
  }
}
