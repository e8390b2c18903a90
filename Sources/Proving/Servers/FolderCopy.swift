import Machine

/// Copies a folder of a tree, following the links that the caller chooses.
struct FolderCopy<Tree: ProvableTree> {
  typealias Entry = ProvableEntry<Tree.Handle>

  let tree: Tree
  let deadline: ProofDeadline
  /// What isn't copied, by its path below the folder.
  var leavesOut: (FilePath) -> Bool = { _ in false }
  /// Whether a link at a path below the folder becomes a folder with what it leads to.
  var follows: (FilePath) -> Bool = { _ in false }

  /// What all that is copied takes, in bytes.
  ///
  /// - Throws: ``UnreadableEntry``, ``MissingTarget``, ``Interrupted``, ``NoTimeLeft``.
  func size(of folder: Entry, below place: FilePath = "") throws -> UInt64 {
    try deadline.check()
    return try entries(of: folder, below: place).reduce(0) { sum, item in
      switch item.entry.kind {
      case .file(let size): sum.saturatingSum(size)
      case .folder: sum.saturatingSum(try size(of: item.entry, below: item.place))
      case .link, .other: sum
      }
    }
  }

  /// Copies what is in a folder into one of ours, which is empty.
  ///
  /// - Throws: As ``size(of:below:)``, and ``SystemCallError``.
  func run(_ folder: Entry, to directory: CInt, at path: FilePath) throws {
    try run(folder, to: directory, at: path, below: "")
  }

  private func run(
    _ folder: Entry,
    to directory: CInt,
    at path: FilePath,
    below place: FilePath
  ) throws {
    for item in try entries(of: folder, below: place) {
      let target = path.pushing(FilePath(bytes: item.name.bytes))
      switch item.entry.kind {
      case .file:
        try tree.copy(item.entry, to: item.name, in: directory, at: target, deadline)
      case .folder:
        try makeDirectory(in: directory, item.name, subject: target)
        let opened = try openDirectory(in: directory, item.name, subject: target)
        try run(item.entry, to: opened.raw, at: target, below: item.place)
      case .link, .other: continue
      }
    }
  }

  private struct Item {
    let name: FileName
    /// Below the folder that is copied.
    let place: FilePath
    /// What it is, behind a link that is followed.
    let entry: Entry
  }

  private func entries(of folder: Entry, below place: FilePath) throws -> [Item] {
    try tree.entries(of: folder).compactMap { entry in
      let below = place.pushing(FilePath(bytes: entry.name.bytes))
      if leavesOut(below) { return nil }
      guard case .link(let target) = entry.kind, follows(below) else {
        return Item(name: entry.name, place: below, entry: entry)
      }
      let path = folder.path.pushing(FilePath(bytes: target)).lexicallyNormalized()
      guard let found = try tree.entry(at: path) else { throw MissingTarget(path: path) }
      return Item(name: entry.name, place: below, entry: found)
    }
  }
}

/// A part of a server's data that isn't in the tree.
struct MissingTarget: Error, CustomStringConvertible {
  let path: FilePath

  var description: String { "\(path), which is part of it, is missing here" }
}
