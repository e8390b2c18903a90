import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint key remove`.
struct KeyRemoveCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove a key (password) from the repository; not the one in use.",
    discussion: exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("The beginning of the key's ID.", valueName: "ID"))
  var ids: [String] = []

  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    guard ids.count == 1, let id = ids.first else {
      throw UsageError("key remove expects one argument as the key id")
    }
    let repository = try session.repository()
    try session.locked(repository, .exclusive, isOptional: false) {
      let name = try repository.name(of: .key, matching: id)
      try repository.removeKey(name)
      session.output.say("removed key \(name)")
    }
    return .success
  }
}
