import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint init`.
struct InitCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Initialize a new repository.",
    discussion: exitStatusHelp(.success, .failure)
  )

  @Option(
    help: .init(
      "Repository format version: 1, 2, latest or stable.",
      valueName: "version"
    )
  )
  var repositoryVersion = "stable"

  @Flag(help: "Cut files as the source repository does, so that copies share what is the same.")
  var copyChunkerParams = false

  @OptionGroup(title: "Source, with --copy-chunker-params") var from: SourceRepositoryOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var words: [String] = []

  func run(in session: Session) throws -> ExitStatus {
    if !words.isEmpty {
      throw UsageError("the init command expects no arguments, only options")
    }
    let version = try formatVersion()
    let polynomial = try polynomial(session)
    let store = try session.store()
    let repository: Repository
    do {
      repository = try Repository.initialize(
        in: store,
        password: session.passwords.newPassword(
          question: "enter password for new repository: "
        ),
        version: version,
        polynomial: polynomial,
        options: session.repositoryOptions
      )
    } catch let error as RepositoryError {
      throw InitError(location: session.repositoryName, cause: error)
    }
    tell(repository, session)
    return .success
  }

  /// Where the source repository cuts files; nil for new places.
  private func polynomial(_ session: Session) throws -> RabinPolynomial? {
    if copyChunkerParams {
      return try session.source(from).repository().config.chunkerPolynomial
    }
    if from.fromRepo != nil || from.fromRepositoryFile != nil
      || Environment.value("FROM_REPOSITORY") != nil
      || Environment.value("FROM_REPOSITORY_FILE") != nil
    {
      throw UsageError(
        "Secondary repository must only be specified when copying the chunker parameters"
      )
    }
    return nil
  }

  private func formatVersion() throws(UsageError) -> Int {
    switch repositoryVersion {
    case "stable", "latest", "", "2": return 2
    case "1": return 1
    default:
      throw UsageError(
        Int(repositoryVersion) == nil
          ? "invalid repository version \"\(repositoryVersion)\""
          : "only repository versions between 1 and 2 are allowed"
      )
    }
  }

  private func tell(_ repository: Repository, _ session: Session) {
    if session.output.isJSON {
      var object = JSONObject()
      object.add("message_type", "initialized")
      object.add("id", repository.id)
      object.add("repository", session.repositoryName)
      session.output.json(object)
      return
    }
    let id = repository.id.prefix(10)
    session.output.say("created restic repository \(id) at \(session.repositoryName)")
    if copyChunkerParams {
      session.output.say(" with chunker parameters copied from secondary repository")
    }
    session.output.say("")
    session.output.say("Please note that knowledge of your password is required to access")
    session.output.say("the repository. Losing your password means that your data is")
    session.output.say("irrecoverably lost.")
  }
}

/// A repository that could not be made.
struct InitError: ExplainedError {
  let location: String
  let cause: (any Error)?

  var description: String { "create repository at \(location) failed" }
}
