import ArgumentParser

/// `stillpoint options`.
struct OptionsCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "options",
    abstract: "Print list of extended options.",
    discussion: exitStatusHelp(.success, .failure)
  )

  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var ignored: [String] = []

  /// Of the storage there is.
  private static let options = [
    (
      name: "local.connections",
      text: "set a limit for the number of concurrent operations (default: 2)"
    )
  ]

  func run(in session: Session) throws -> ExitStatus {
    session.output.line(Array("All Extended Options:".utf8), isLast: false)
    for option in Self.options {
      session.output.line(Array("  \(option.name)  \(option.text)".utf8), isLast: false)
    }
    return .success
  }
}
