import ArgumentParser
import Machine
import RepositoryEngine
import RepositoryFormat

/// `stillpoint ls`.
struct ListCommand: StillpointCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls",
    abstract: "List files in a snapshot.",
    discussion: """
      A snapshot is given by the beginning of its ID or as latest, with :PATH for a folder in \
      it. Absolute folders after it limit the list.

      """ + exitStatusHelp(.success, .failure, .noRepository, .locked, .wrongPassword)
  )

  @Argument(help: .init("Snapshot, then folders.", valueName: "snapshot ID> [<dir>"))
  var words: [String] = []

  @Flag(name: .shortAndLong, help: "Show mode, owner, size and time.")
  var long = false

  @Flag(help: "Show sizes in units.")
  var humanReadable = false

  @Flag(help: "Include what lies in folders of the listed folders.")
  var recursive = false

  @Flag(help: "Write what `ncdu -f -` reads.")
  var ncdu = false

  @Option(
    name: [.customShort("s"), .long],
    help: .init("Sort by name, size, time, atime, ctime or extension.", valueName: "mode")
  )
  var sort = "name"

  @Flag(help: "Reverse the order.")
  var reverse = false

  @OptionGroup(title: "Filters, for latest") var filters: SnapshotFilterOptions
  @OptionGroup(title: "Global flags") var global: GlobalOptions

  func run(in session: Session) throws -> ExitStatus {
    guard let name = words.first else {
      throw UsageError(
        "no snapshot ID specified, specify snapshot ID or use special ID 'latest'"
      )
    }
    guard let order = ListOrder(rawValue: sort) else {
      throw UsageError(
        "invalid argument \"\(sort)\" for \"-s, --sort\" flag: invalid sort mode \"\(sort)\", "
          + "must be one of (name|size|time=mtime|atime|ctime|extension)"
      )
    }
    try checkNcdu(order)
    let folders = words.dropFirst().map { ByteText.bytes($0) }
    if folders.contains(where: { $0.first != UInt8(ascii: "/") }) {
      throw UsageError("All path filters must be absolute, starting with a forward slash '/'")
    }
    let repository = try session.repository()
    return try session.locked(repository, .shared) {
      var (snapshot, tree) = try repository.find(name, filters.filter, session)
      snapshot.file.tree = tree
      let walk = ListWalk(
        repository: repository,
        folders: folders.map { normalized(FilePath(bytes: $0)).bytes },
        isRecursive: recursive || folders.isEmpty,
        interruption: session.interruption
      )
      if ncdu {
        try export(snapshot, walk, session.output)
      } else {
        try list(snapshot, folders, walk, order, session.output)
      }
      return .success
    }
  }

  private func checkNcdu(_ order: ListOrder) throws(UsageError) {
    guard ncdu else { return }
    if global.json { throw UsageError("only either '--json' or '--ncdu' can be specified") }
    if order != .name { throw UsageError("--sort and --ncdu are mutually exclusive") }
    if reverse { throw UsageError("--reverse and --ncdu are mutually exclusive") }
  }

  private func list(
    _ snapshot: StoredSnapshot,
    _ folders: [[UInt8]],
    _ walk: ListWalk,
    _ order: ListOrder,
    _ output: Output
  ) throws {
    let listing = Listing(output: output, form: long ? .long(hasUnits: humanReadable) : .paths)
    try listing.show(snapshot, folders: folders)
    if order == .name && !reverse {
      return try walk.run(snapshot.file.tree) { try listing.show($0) }
    }
    var items: [ListItem] = []
    try walk.run(snapshot.file.tree) { items.append($0) }
    if order != .name { items.sort(by: order.isAscending) }
    for item in reverse ? items.reversed() : items { try listing.show(item) }
  }

  private func export(
    _ snapshot: StoredSnapshot,
    _ walk: ListWalk,
    _ output: Output
  ) throws {
    let export = NcduExport(output: output)
    export.begin(snapshot.file.encoded())
    try walk.run(
      snapshot.file.tree,
      above: { try export.show($0) },
      leave: { _ in export.leave() },
      visit: { try export.show($0) }
    )
    export.finish()
  }
}

/// What a listing is sorted by.
enum ListOrder: String {
  case name, size, time, mtime, atime, ctime, `extension`

  func isAscending(_ left: ListItem, _ right: ListItem) -> Bool {
    func moment(_ time: NodeTime) -> (Int64, UInt32) { (time.seconds, time.nanoseconds) }
    let (a, b) = (left.node, right.node)
    switch self {
    case .name: break
    case .size: if a.size != b.size { return a.size < b.size }
    case .time, .mtime:
      if moment(a.modified) != moment(b.modified) { return moment(a.modified) < moment(b.modified) }
    case .atime:
      if moment(a.accessed) != moment(b.accessed) { return moment(a.accessed) < moment(b.accessed) }
    case .ctime:
      if moment(a.changed) != moment(b.changed) { return moment(a.changed) < moment(b.changed) }
    case .extension:
      let (first, second) = (left.fileExtension, right.fileExtension)
      if first != second { return first.lexicographicallyPrecedes(second) }
    }
    return left.path.lexicographicallyPrecedes(right.path)
  }
}
