import ArgumentParser
import Machine

/// `stillpoint generate`.
struct GenerateCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Generate manual pages and auto-completion files (bash, fish, zsh).",
    discussion: exitStatusHelp(.success, .failure)
  )

  @Option(help: .init("Write manual pages to a directory.", valueName: "directory"))
  var man: String?

  @Option(help: .init("Write bash completion to a file, - for stdout.", valueName: "file"))
  var bashCompletion: String?

  @Option(help: .init("Write fish completion to a file, - for stdout.", valueName: "file"))
  var fishCompletion: String?

  @Option(help: .init("Write zsh completion to a file, - for stdout.", valueName: "file"))
  var zshCompletion: String?

  @OptionGroup(title: "Global flags") var global: GlobalOptions
  @Argument(help: .hidden) var words: [String] = []

  func run(in session: Session) throws -> ExitStatus {
    if !words.isEmpty {
      throw UsageError("the generate command expects no arguments, only options")
    }
    let wanted: [(CompletionShell, file: String?)] = [
      (.bash, bashCompletion), (.fish, fishCompletion), (.zsh, zshCompletion),
    ]
    let files = wanted.compactMap { shell, file in file.map { (shell, $0) } }
      .filter { !$0.1.isEmpty }
    let folder = man?.isEmpty == true ? nil : man
    if files.isEmpty && folder == nil {
      throw UsageError("nothing to do, please specify at least one output file/dir")
    }
    if files.filter({ $0.1 == "-" }).count > 1 {
      throw UsageError(
        "the generate command can generate shell completions to stdout for single shell only"
      )
    }
    if let folder {
      session.output.say("writing man pages to directory \(folder)")
      for page in ManualPage.all {
        let path = FilePath(bytes: ByteText.bytes(folder)).appending("\(page.name).1")
        try writeWholeFile(Array(page.text.utf8), to: path)
      }
    }
    for (shell, file) in files { try write(shell, to: file, session.output) }
    return .success
  }

  private func write(_ shell: CompletionShell, to file: String, _ output: Output) throws {
    if output.isTerminal {
      output.say("writing \(shell.rawValue) completion file to \(file)")
    }
    let script = Array(Stillpoint.completionScript(for: shell).utf8)
    if file == "-" {
      output.write(script)
      try output.check()
    } else {
      try writeWholeFile(script, to: FilePath(bytes: ByteText.bytes(file)))
    }
  }
}
