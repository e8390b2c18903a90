import Machine

/// A database as its files lie in a tree.
enum FoundDatabase<Handle: Sendable>: Sendable {
  /// - Parameters:
  ///   - main: The database.
  ///   - log: Its write-ahead log.
  ///   - journal: What takes back a transaction that was not finished.
  case sqlite(
    main: ProvableEntry<Handle>,
    log: ProvableEntry<Handle>?,
    journal: ProvableEntry<Handle>?
  )
  /// The folder with a server's data.
  case server(DatabaseKind, ProvableEntry<Handle>)

  var kind: DatabaseKind {
    switch self {
    case .sqlite: .sqlite
    case .server(let kind, _): kind
    }
  }

  var path: FilePath {
    switch self {
    case .sqlite(let main, _, _): main.path
    case .server(_, let folder): folder.path
    }
  }
}

/// Looks for databases by what they are, not by what they are called.
struct DatabaseSearch<Tree: ProvableTree> {
  /// The first bytes of every database of SQLite 3.
  private static var header: [UInt8] { Array("SQLite format 3\0".utf8) }
  /// The smallest page, and so the smallest database.
  private static var sizeMin: UInt64 { 512 }

  let tree: Tree
  /// Only what is at these paths or below them; everything when there is none.
  let paths: [FilePath]
  let interruption: Interruption

  /// - Parameter unreadable: Gets what can't be read; the search goes on.
  /// - Returns: The databases in the order of their paths, depth first.
  /// - Throws: ``Interrupted``; what the tree throws besides ``UnreadableEntry``.
  func run(unreadable: (UnreadableEntry) -> Void) throws -> [FoundDatabase<Tree.Handle>] {
    var found: [FoundDatabase<Tree.Handle>] = []
    var folders = [tree.top]
    while let folder = folders.popLast() {
      try interruption.check()
      do {
        let entries = try tree.entries(of: folder).filter { isMeant($0.path) }
        if let kind = try server(in: entries) {
          found.append(.server(kind, folder))
          continue
        }
        for entry in entries {
          if let database = try database(entry, among: entries, unreadable) {
            found.append(database)
          }
        }
        folders += entries.filter { $0.kind == .folder }.reversed()
      } catch let error as UnreadableEntry {
        unreadable(error)
      }
    }
    return found
  }

  /// Whether a path is asked for, or leads to one that is.
  private func isMeant(_ path: FilePath) -> Bool {
    paths.isEmpty || paths.contains { path.starts(with: $0) || $0.starts(with: path) }
  }

  /// Whose data a folder with these entries is; nil for any other folder.
  private func server(in entries: [ProvableEntry<Tree.Handle>]) throws -> DatabaseKind? {
    func entry(_ name: String, _ entries: [ProvableEntry<Tree.Handle>]) -> ProvableEntry<
      Tree.Handle
    >? {
      entries.first { $0.name == FileName(name) }
    }
    if entry("PG_VERSION", entries) != nil, let global = entry("global", entries),
      global.kind == .folder, entry("pg_control", try tree.entries(of: global)) != nil
    {
      return .postgresql
    }
    guard entry("ibdata1", entries) != nil, entry("mysql", entries)?.kind == .folder else {
      return nil
    }
    return entry("mysql.ibd", entries) == nil ? .mariadb : .mysql
  }

  /// The database that a file is; nil when it is none, or can't be read.
  private func database(
    _ entry: ProvableEntry<Tree.Handle>,
    among entries: [ProvableEntry<Tree.Handle>],
    _ unreadable: (UnreadableEntry) -> Void
  ) throws -> FoundDatabase<Tree.Handle>? {
    guard let size = entry.size, size >= Self.sizeMin else { return nil }
    do {
      let start = try tree.firstBytes(of: entry, count: Self.header.count)
      guard start == Self.header else { return nil }
    } catch let error as UnreadableEntry {
      unreadable(error)
      return nil
    }
    func beside(_ suffix: String) -> ProvableEntry<Tree.Handle>? {
      let name = FileName(Array(entry.name.bytes) + Array(suffix.utf8))
      return entries.first { $0.name == name && ($0.size ?? 0) > 0 }
    }
    return .sqlite(main: entry, log: beside("-wal"), journal: beside("-journal"))
  }
}
