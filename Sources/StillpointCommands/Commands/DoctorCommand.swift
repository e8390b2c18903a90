import ArgumentParser
import BackupFlow
import Keeping
import Machine

/// `stillpoint doctor`.
struct DoctorCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look for what crashed runs have left, and what keeps backups from being an instant.",
    discussion: """
      Only what our own runs recorded is ever removed. What other programs left is named.

      \(exitStatusHelp(.success, .failure))
      """
  )

  @Flag(help: "Remove what interrupted runs of ours have left.")
  var repair = false

  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    let findings = try diagnose(stateFolder: Journal.usualFolder, isRepairing: repair)
    for finding in findings { show(finding, session.output) }
    if findings.isEmpty { session.output.say("nothing was left, and nothing is in the way") }
    return findings.contains(where: \.isProblem) ? .failure : .success
  }

  private func show(_ finding: Finding, _ output: Output) {
    guard output.isJSON else {
      output.say("\(finding.kind.rawValue): \(finding.text)")
      if let hint = finding.hint { output.say("  hint: \(hint)") }
      return
    }
    var object = JSONObject()
    object.add("message_type", "finding")
    object.add("kind", finding.kind.rawValue)
    object.add("text", finding.text)
    object.add(orNull: "hint", finding.hint)
    object.add("problem", finding.isProblem)
    output.json(object)
  }
}
