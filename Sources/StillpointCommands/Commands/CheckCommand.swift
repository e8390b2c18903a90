import ArgumentParser
import Machine
import Planning
import RepositoryEngine
import RepositoryFormat

/// `stillpoint check`.
struct CheckCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check the repository for errors.",
    discussion: exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Flag(help: "Read all data.")
  var readData = false

  @Option(
    help: .init(
      "Read a subset of the packs: part n/t, x% or a size such as 500M.",
      valueName: "subset"
    )
  )
  var readDataSubset: String?

  @Flag(help: "Accepted; there is no cache.")
  var withCache = false

  @OptionGroup(title: "Filters") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  @Argument(help: .init("Only these snapshots.", valueName: "snapshot ID"))
  var ids: [String] = []

  func run(in session: Session) throws -> ExitStatus {
    var options = CheckOptions()
    options.packs = try packs()
    session.output.say("create exclusive lock for repository")
    let repository = try session.repository()
    let filter = filters.filter
    let isFiltered = !ids.isEmpty || filter != SnapshotFilter()
    return try session.locked(repository, .exclusive) {
      guard isFiltered else { return try session.check(repository, options) }
      let selection = try SnapshotSelection(ids, filter, in: repository, session.output)
      return try session.check(repository, options, selection)
    }
  }

  private func packs() throws(UsageError) -> CheckedPacks {
    guard let text = readDataSubset, !text.isEmpty else { return readData ? .all : .none }
    if readData {
      throw UsageError(
        "check flags --read-data and --read-data-subset cannot be used together"
      )
    }
    if text.contains("/") { return try part(text) }
    if text.hasSuffix("%") {
      guard let percent = Double(text.dropLast()), percent > 0, percent <= 100 else {
        throw UsageError(
          "check flag --read-data-subset=x% x must be above 0.0% and at most 100.0%"
        )
      }
      return .percent(percent)
    }
    // A number alone may be meant as a part.
    guard Int(text) == nil, let bytes = parseByteCount(text) else {
      throw UsageError(
        "check flag --read-data-subset has invalid value, please see documentation",
        hint: "it is a part n/t, a percentage such as 5%, or a size such as 500M"
      )
    }
    if bytes == 0 { throw UsageError("check flag --read-data-subset=n n must be above 0") }
    return .bytes(bytes)
  }

  private func part(_ text: String) throws(UsageError) -> CheckedPacks {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let part = numbers[0], let count = numbers[1],
      part > 0, part <= count
    else {
      throw UsageError(
        "check flag --read-data-subset=n/t values must be positive integers, and n <= t, "
          + "e.g. --read-data-subset=1/2"
      )
    }
    if count > 256 {
      throw UsageError("check flag --read-data-subset=n/t t must be at most 256")
    }
    return .part(part, of: count)
  }
}

extension Session {
  /// Checks a repository that is locked, and shows what is found.
  ///
  /// - Parameters:
  ///   - repository: All of it, or what some snapshots need.
  ///   - options: How thoroughly.
  ///   - selection: Which snapshots; nil for all.
  /// - Returns: How the command ends.
  /// - Throws: ``DamagedRepository`` when something is wrong; ``Interrupted``, ``StoreError``.
  func check(
    _ repository: Repository,
    _ options: CheckOptions,
    _ selection: SnapshotSelection? = nil
  ) throws -> ExitStatus {
    var options = options
    options.snapshots = selection.map { Set($0.snapshots.map(\.id)) }
    let view = CheckView(output: output, packs: options.packs, selection: selection)
    view.begin()
    let chosen = options
    let summary = try ProgressTicker.showing(on: output) {
      view.report($0)
    } during: {
      try repository.check(
        chosen,
        interruption: interruption,
        progress: { view.show($0) },
        onProblem: { view.show($0) }
      )
    }
    return try view.finish(summary)
  }
}
