import Archiving
import ArgumentParser
import BackupFlow
import Machine
import Running

/// `stillpoint run`.
struct RunCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run another program on files as they were at one instant.",
    usage: "stillpoint run --source <path> ... [--keep <path> ...] -- <command> [<args> ...]",
    discussion: """
      The volumes below the sources are frozen, nested ones included, and stand at their paths as \
      they were, read-only, for the command alone: `stillpoint run --source /home -- restic backup \
      /home`. Everything else is live. What the command must write below a source, such as its \
      repository or cache, is named with --keep.

      The command has STILLPOINT_INSTANT and STILLPOINT_GRADE in its environment. What it leaves \
      running is ended after it. Needs root.

      Exit status is that of the command, or 128 and the number of the signal that ended it.
      Exit status is 126 or 127 if the command could not be started.
      Exit status is 20 if the required grade was not reached (the command was not started).
      Exit status is 21 if a volume snapshot was lost while the command ran.
      Exit status is 1 if there was any other error.
      """
  )

  @Option(
    help: .init("Directory that is to stand still. (at least one)", valueName: "path")
  )
  var source: [String] = []

  @Option(
    help: .init("What stays live and writable below a source. (can be repeated)", valueName: "path")
  )
  var keep: [String] = []

  @Argument(parsing: .postTerminator, help: .init("The command.", valueName: "command"))
  var words: [String] = []

  @OptionGroup(title: "Stillness") var stillness: StillnessOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    if words.isEmpty {
      throw UsageError("no command was given", hint: "it stands at the end, after --")
    }
    let sources = try directories()
    var request = StillnessRequest(sources: sources)
    request.policy = try stillness.policy()
    request.required = try stillness.requiredGrade()
    request.pause.isAllowed = !stillness.noPause
    request.pause.lengthMax = try stillness.pauseMax()
    request.quiescing = try stillness.quiescing()
    var invitation = Invitation(words: words.map(ByteText.bytes), sources: sources)
    invitation.kept = try kept(besides: sources)
    let status = try runFrozen(invitation, request, interruption: session.interruption) { notice in
      show(notice, session.output)
    }
    return .ofCommand(status)
  }

  /// The sources, without symbolic links.
  private func directories() throws -> [FilePath] {
    if source.isEmpty {
      throw UsageError(
        "no source was given",
        hint: "--source names a directory that is to stand still for the command"
      )
    }
    return try source.map { name in
      let path = try realPath(of: FilePath(bytes: ByteText.bytes(name)))
      guard try fileMetadata(of: path).type == .directory else {
        throw UsageError(
          "\(quoted(path.bytes)) is not a directory",
          hint: "--source names the directory that holds it"
        )
      }
      return path
    }
  }

  /// What stays live, without symbolic links.
  private func kept(besides sources: [FilePath]) throws -> [FilePath] {
    try keep.map { name in
      let path = try realPath(of: FilePath(bytes: ByteText.bytes(name)))
      if sources.contains(path) {
        throw UsageError("\(quoted(path.bytes)) can't be a source and be kept live")
      }
      return path
    }
  }

  /// Standard output is the command's.
  private func show(_ notice: BackupNotice, _ output: Output) {
    switch notice {
    case .warning(let text): output.warn(text)
    case .step(let text): if output.verbosity > .normal { output.error([text]) }
    }
  }
}
