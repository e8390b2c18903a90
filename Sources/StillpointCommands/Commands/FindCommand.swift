import ArgumentParser
import Machine
import Planning
import RepositoryEngine
import RepositoryFormat

/// `stillpoint find`.
struct FindCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "find",
    abstract: "Find a file, a directory or IDs.",
    discussion: """
      Patterns are names or paths with *, ?, [...] and **. With --blob, --tree or --pack they \
      are IDs or their first eight digits. The newest snapshot comes first.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("What to find.", valueName: "pattern"))
  var patterns: [String] = []

  @Option(
    name: [.customShort("O"), .long],
    help: .init("Only what was modified at this time or later.", valueName: "time")
  )
  var oldest: String?

  @Option(
    name: [.customShort("N"), .long],
    help: .init("Only what was modified at this time or earlier.", valueName: "time")
  )
  var newest: String?

  @Option(
    name: [.customShort("s"), .long],
    help: .init("A snapshot to search in. (can be repeated)", valueName: "id")
  )
  var snapshot: [String] = []

  @Flag(help: "Patterns are IDs of blobs.")
  var blob = false

  @Flag(help: "Patterns are IDs of trees.")
  var tree = false

  @Flag(help: "Patterns are IDs of packs.")
  var pack = false

  @Flag(help: "Show in which packs the blobs or trees are.")
  var showPackId = false

  @Flag(name: [.customShort("i"), .long], help: "Ignore case.")
  var ignoreCase = false

  @Flag(name: [.customShort("R"), .long], help: "The oldest snapshot first.")
  var reverse = false

  @Flag(name: .shortAndLong, help: "Show mode, owner, size and time.")
  var long = false

  @Flag(help: "Show sizes in units.")
  var humanReadable = false

  @OptionGroup(title: "Filters") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    if patterns.isEmpty { throw UsageError("wrong number of arguments") }
    let names = try nameSearch()
    if [blob, tree, pack].filter({ $0 }).count > 1 {
      throw UsageError("cannot have several ID types")
    }
    let repository = try session.repository()
    return try session.locked(repository, .shared) {
      try repository.loadIndex(session.interruption)
      var objects = try objectSearch(in: repository, session.output)
      let selection = try SnapshotSelection(
        snapshot,
        filters.filter,
        in: repository,
        session.output
      )
      let view = FindView(
        output: session.output,
        form: long ? .long(hasUnits: humanReadable) : .paths
      )
      var isComplete = !selection.isIncomplete
      for snapshot in reverse ? selection.snapshots : selection.snapshots.reversed() {
        let walk = SnapshotWalk(
          repository: repository,
          interruption: session.interruption,
          onDamaged: { tree, error in
            isComplete = false
            view.show(unreadable: tree, of: snapshot, error)
          }
        )
        if objects == nil {
          try names.run(walk, snapshot.file.tree) { try view.show($0, in: snapshot) }
        } else {
          try objects?.run(walk, snapshot.file.tree) { try view.show($0, in: snapshot) }
        }
      }
      view.finish()
      if showPackId { objects?.packLines(in: repository).forEach { view.say($0) } }
      return isComplete ? .success : .failure
    }
  }

  private func nameSearch() throws -> NameSearch {
    let bytes = patterns.map { pattern in
      let bytes = ByteText.bytes(pattern)
      // A negation means nothing here.
      return bytes.first == UInt8(ascii: "!") ? Array(bytes.dropFirst()) : bytes
    }
    let isID = blob || tree || pack
    let (first, last) = (try time(oldest), try time(newest))
    if let first, let last, (last.seconds, last.nanoseconds) < (first.seconds, first.nanoseconds) {
      throw UsageError("--oldest must specify a time before --newest")
    }
    do throws(InvalidPatterns) {
      return NameSearch(
        patterns: try PatternList(
          bytes: isID ? [] : bytes,
          ignoringCase: ignoreCase
        ),
        ignoresCase: ignoreCase,
        matchesAll: bytes.contains([]),
        oldest: first,
        newest: last
      )
    } catch {
      throw UsageError("syntax error in pattern: \(error.patterns.joined(separator: ", "))")
    }
  }

  private func time(_ text: String?) throws(UsageError) -> NodeTime? {
    guard let text, !text.isEmpty else { return nil }
    guard let time = parseTimeText(text) else {
      throw UsageError(
        "unable to parse time: \"\(text)\"",
        hint: "times are written 2006-01-02 or 2006-01-02 15:04:05, and +0200 may follow"
      )
    }
    return time
  }

  /// Nil when names are searched.
  private func objectSearch(
    in repository: Repository,
    _ output: Output
  ) throws -> ObjectSearch? {
    if blob { return ObjectSearch(blobs: Set(patterns)) }
    if tree { return ObjectSearch(trees: Set(patterns)) }
    return pack ? try ObjectSearch(packs: Set(patterns), in: repository, output) : nil
  }
}
