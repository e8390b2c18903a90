import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint key passwd`.
struct KeyPasswdCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "passwd",
    abstract: "Change the password: add a new key and remove the one in use.",
    discussion: exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @OptionGroup var key: NewKeyOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var words: [String] = []

  func run(in session: Session) throws -> ExitStatus {
    if !words.isEmpty {
      throw UsageError("the key passwd command expects no arguments, only options")
    }
    let repository = try session.repository()
    try session.locked(repository, .exclusive, isOptional: false) {
      let password = try key.password(session)
      let new = try NewKeyError.explaining {
        try repository.replaceKey(
          password: password,
          username: key.username,
          hostname: key.hostname
        ).file
      }
      session.output.tell(
        "saved new key as <Key of \(new.username)@\(new.hostname), "
          + "created on \(Moment(new.created).long)>"
      )
    }
    return .success
  }
}
