import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint key add`.
struct KeyAddCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add a new key (password) to the repository.",
    discussion: exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @OptionGroup var key: NewKeyOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var words: [String] = []

  func run(in session: Session) throws -> ExitStatus {
    if !words.isEmpty {
      throw UsageError("the key add command expects no arguments, only options")
    }
    let repository = try session.repository()
    try session.locked(repository, .shared, isOptional: false) {
      let password = try key.password(session)
      let added = try NewKeyError.explaining {
        try repository.addKey(
          password: password,
          username: key.username,
          hostname: key.hostname
        )
      }
      session.output.tell("saved new key with ID \(added.name)")
    }
    return .success
  }
}

/// A key that could not be made.
struct NewKeyError: ExplainedError {
  let cause: (any Error)?

  var description: String { "creating new key failed" }

  /// Runs `body` and says of its error what it prevented.
  static func explaining<Value>(_ body: () throws -> Value) throws(NewKeyError) -> Value {
    do { return try body() } catch { throw NewKeyError(cause: error) }
  }
}
