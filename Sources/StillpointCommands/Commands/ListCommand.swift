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
    let folders = words.dropFirst().map { ByteText.bytes($0) }
    if folders.contains(where: { $0.first != UInt8(ascii: "/") }) {
      throw UsageError("All path filters must be absolute, starting with a forward slash '/'")
    }
    guard let order = ListOrder(rawValue: sort) else {
      throw UsageError(
        "invalid argument \"\(sort)\" for \"-s, --sort\" flag: must be one of "
          + "(name|size|time|mtime|atime|ctime|extension)"
      )
    }
    let repository = try session.repository()
    return try session.locked(repository, .shared) {
      let (snapshot, tree) = try repository.find(name, filters.filter, session)
      let listing = Listing(
        output: session.output,
        form: long ? .long(hasUnits: humanReadable) : .paths
      )
      try listing.show(snapshot, folders: folders)
      let walk = ListWalk(
        repository: repository,
        folders: folders.map { normalized(FilePath(bytes: $0)).bytes },
        isRecursive: recursive || folders.isEmpty,
        interruption: session.interruption
      )
      if order == .name && !reverse {
        try walk.run(tree) { try listing.show($0) }
      } else {
        var items: [ListItem] = []
        try walk.run(tree) { items.append($0) }
        items.sort(by: order.isAscending)
        for item in reverse ? items.reversed() : items { try listing.show(item) }
      }
      return .success
    }
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
