import ArgumentParser

/// `stillpoint key`.
struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Manage keys (passwords).",
    discussion: "Each key opens the repository with a password of its own.",
    subcommands: [
      KeyAddCommand.self, KeyListCommand.self, KeyPasswdCommand.self, KeyRemoveCommand.self,
    ]
  )
}
