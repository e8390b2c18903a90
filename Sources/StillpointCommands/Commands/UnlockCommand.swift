import ArgumentParser
import RepositoryEngine

/// `stillpoint unlock`.
struct UnlockCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "unlock",
    abstract: "Remove locks other processes created.",
    discussion: exitStatusHelp(.success, .failure)
  )

  @Flag(help: "Remove all locks, even non-stale ones.")
  var removeAll = false

  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var ignored: [String] = []

  func run(in session: Session) throws -> ExitStatus {
    let count = try session.repository().unlock(all: removeAll)
    if count > 0 { session.output.say("successfully removed \(count) locks") }
    return .success
  }
}
