import Archiving
import ArgumentParser
import BackupFlow
import Machine
import Planning
import Quiescing

/// `stillpoint plan`.
struct PlanCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say how a backup would be made and what grade it would have; touches nothing.",
    discussion: """
      Works without root, and without a repository. Without a path the whole machine is planned.

      \(exitStatusHelp(.success, .failure, .gradeNotReached))
      """
  )

  @Argument(help: .init("What would be backed up.", valueName: "PATH"))
  var paths: [String] = []

  @OptionGroup var sources: SourceOptions
  @OptionGroup(title: "Stillness") var stillness: StillnessOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    let list = try SourceList(paths.isEmpty ? ["/"] : paths, sources, session.interruption)
    for name in list.missing { session.output.error(["\(name) does not exist, skipping"]) }
    if list.targets.isEmpty { throw UsageError("none of the paths exists") }
    var request = StillnessRequest(sources: list.targets.map(\.path))
    request.exclusions = try sources.exclusions()
    request.policy = try stillness.policy()
    request.required = try stillness.requiredGrade()
    request.pause.isAllowed = !stillness.noPause
    request.quiescing = try stillness.quiescing()
    request.copiesHotFiles = true
    let forecast = try forecast(request)
    PlanView(output: session.output).show(forecast)
    guard let required = request.required, forecast.grade < required else { return .success }
    // Where nothing is open, there is nothing to bring to a clean point.
    let isClean =
      required == .application && forecast.grade == .instant && forecast.applications.isEmpty
    return isClean && request.quiescing.policy != .off ? .success : .gradeNotReached
  }
}
