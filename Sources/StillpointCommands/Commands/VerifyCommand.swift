import ArgumentParser
import BackupFlow
import Machine
import Proving
import RepositoryEngine
import RepositoryFormat

/// `stillpoint verify`.
struct VerifyCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Try whether the databases of a snapshot are whole, in scratch files.",
    discussion: """
      A snapshot is given by the beginning of its ID or as latest, with :PATH for a folder in it. \
      Databases are found by what they are, whatever they are called. The repository is only read.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(
    help: .init(
      "A snapshot, and paths in it: only databases there or below.",
      valueName: "snapshot ID> <path"
    )
  )
  var words: [String] = []

  @OptionGroup(title: "Proof") var limits: ProofLimitOptions
  @OptionGroup(title: "Filters, for latest") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    guard let id = words.first else { throw UsageError("no snapshot ID specified") }
    let options = try limits.options()
    let paths = words.dropFirst().map { text in
      FilePath(bytes: Array("/".utf8) + ByteText.bytes(text)).lexicallyNormalized()
    }
    let repository = try session.repository()
    return try session.locked(repository, .shared) {
      let (snapshot, tree) = try repository.find(id, filters.filter, session)
      for path in paths { try find(path, below: SnapshotPath(id).path, tree, in: repository) }
      session.output.say("trying the databases of \(snapshot.headline)")
      let result = try verifyDatabases(
        in: tree,
        at: SnapshotPath(id).path,
        only: Array(paths),
        of: repository,
        options,
        interruption: session.interruption,
        onVerdict: { show($0, session.output) }
      )
      return try finish(result, session.output)
    }
  }

  /// Makes sure that a path is in the snapshot: that nothing is damaged in nothing says nothing.
  private func find(
    _ path: FilePath,
    below folder: FilePath,
    _ tree: BlobID,
    in repository: Repository
  ) throws {
    var inside = path
    guard inside.removePrefix(folder) else {
      throw UsageError("\(path) is not in \(folder)")
    }
    if inside.isEmpty { return }
    _ = try DumpedPath(inside.bytes, below: tree, in: repository)
  }

  private func show(_ verdict: Verdict, _ output: Output) {
    let text = VerdictText(verdict)
    guard output.isJSON else { return output.say(text.line) }
    var object = JSONObject()
    object.add("message_type", "verdict")
    object.add(membersOf: text.json)
    output.json(object)
  }

  private func finish(_ result: ProofResult, _ output: Output) throws -> ExitStatus {
    for entry in result.unreadable { output.warn(ErrorText(entry).line) }
    let damaged = result.verdicts.filter { $0.outcome == .damaged }
    let untried = result.verdicts.filter { $0.outcome == .untried }
    if output.isJSON {
      var object = JSONObject()
      object.add("message_type", "summary")
      object.add("databases", result.verdicts.count)
      object.add("damaged", damaged.count)
      object.add("not_tried", untried.count)
      object.add("unreadable", result.unreadable.count)
      output.json(object)
    } else {
      let count = result.verdicts.count
      let whole = count - damaged.count - untried.count
      output.say("\(whole) of \(count) databases are whole, \(untried.count) were not tried")
    }
    if !damaged.isEmpty { throw DamagedDatabases(paths: damaged.map(\.path)) }
    return result.unreadable.isEmpty ? .success : .failure
  }
}

/// A snapshot holds databases that aren't whole.
struct DamagedDatabases: ExplainedError {
  let paths: [FilePath]
  var cause: (any Error)? { nil }

  var description: String {
    "damaged: " + paths.map { quoted($0.bytes) }.joined(separator: ", ")
  }
}
