import ArgumentParser
import BackupFlow
import Machine
import Planning

/// `stillpoint clone`.
struct CloneCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "clone",
    abstract: "Copy one file as it was at one instant, while programs go on writing to it.",
    discussion: """
      DEST is the copy's name, or a directory that it goes into. Needs no repository. The copy is \
      made by a clone of the file system where there are any, else while nobody has the file open \
      for writing, else while writers are held, else again until the file stays the same. It \
      gets its name when it is complete.

      """ + exitStatusHelp(.success, .failure, .gradeNotReached)
  )

  @Argument(help: .init("The file, and the copy.", valueName: "FILE DEST"))
  var words: [String] = []

  @Flag(name: .shortAndLong, help: "Replace a file that has the copy's name.")
  var force = false

  @Option(
    help: .init(
      "Make no copy below this grade: none (it may be torn) or file.",
      valueName: "grade"
    )
  )
  var require = "file"

  @Flag(help: "Do not hold writers for the instant.")
  var noPause = false

  @Option(help: .init("Hold writers at most so long.", valueName: "duration"))
  var maxPause = "2s"

  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    guard words.count == 2, words.allSatisfy({ !$0.isEmpty }) else {
      throw UsageError("clone expects FILE and DEST, got \(words.count) arguments")
    }
    let paths = words.map { FilePath(bytes: ByteText.bytes($0)) }
    var request = CloneRequest(source: paths[0], destination: paths[1])
    request.replaces = force
    request.required = try Grade(argument: require)
    request.pause.isAllowed = !noPause
    request.pause.lengthMax = try parsePauseMax(maxPause)
    let view = CloneView(output: session.output)
    let report = try cloneFile(request, interruption: session.interruption) { view.show($0) }
    view.finish(report)
    return .success
  }
}
