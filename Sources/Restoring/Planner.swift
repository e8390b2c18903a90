import Machine
import Planning
import RepositoryEngine
import RepositoryFormat

/// Walks the snapshot's tree, makes directories, and hands over everything else in windows.
///
/// Directories of the way down are kept in a list, not on the stack: a tree may be as deep as it
/// likes.
struct Planner {
  /// A directory of the way down.
  struct Level {
    /// The snapshot's entries, and which comes next.
    var nodes: [Node]
    var next = 0
    /// What stands for the directory in the tree above; nil for the root.
    var node: Node?
    var name: FileName?
    /// Nil until the directory was made or found.
    var place: Place?
    /// Whether it can't be made, so that nothing below can.
    var isBlocked = false
    /// Whether `nodes` is all that the snapshot has there.
    var isComplete = true
  }

  let restoration: Restoration
  let deliver: (Window) throws -> Void
  var window = Window()
  var levels: [Level] = []
  var path: ComponentPath
  var links = HardLinks()

  var request: RestoreRequest { restoration.request }
  var directories: DirectoryTable { restoration.directories }

  init(_ restoration: Restoration, deliver: @escaping (Window) throws -> Void) {
    self.restoration = restoration
    self.deliver = deliver
    path = restoration.request.selection.path()
  }

  /// Walks all below `tree` and delivers it.
  ///
  /// - Parameters:
  ///   - tree: Its entries go into the target.
  ///   - target: What the target is.
  /// - Throws: What ends the restore.
  mutating func run(_ tree: BlobID, target: Place) throws {
    var root = Level(nodes: try restoration.repository.loadTree(tree))
    root.place = target
    levels = [root]
    while let level = levels.last {
      try request.interruption.check()
      if level.next < level.nodes.count {
        let node = level.nodes[level.next]
        levels[levels.count - 1].next += 1
        try visit(node)
      } else {
        try leave()
      }
      if window.isFull { try flush() }
    }
    try flush()
    links.releaseAll(directories)
  }

  private mutating func flush() throws {
    let full = window
    window = Window()
    try deliver(full)
  }

  private mutating func visit(_ node: Node) throws {
    guard FileName.isPlain(node.name) else {
      // Without trust in the names nothing is removed by them.
      restoration.forbidDeleting()
      let text = String(decoding: node.name, as: UTF8.self)
      return try fail(RestoreError("the snapshot has an entry with the name \"\(text)\""))
    }
    // A socket is made by the program that listens on it.
    if node.type == .socket || levels.last?.isBlocked == true { return }
    let name = FileName(node.name)
    node.name.withUnsafeBytes { path.append($0) }
    let answer = request.selection.answer(path)
    if node.type == .dir {
      try enter(node, name, answer)
      return
    }
    defer { path.removeLast() }
    guard answer.isSelected, let place = try makeWay() else { return }
    try plan(node, name, in: place)
  }

  private mutating func enter(
    _ node: Node,
    _ name: FileName,
    _ answer: RestoreSelection.Answer
  ) throws {
    var level = Level(nodes: [], node: node, name: name)
    level.isComplete = false
    if answer.isSelected || answer.mayContainSelected {
      do {
        if answer.mayContainSelected { level.nodes = try entries(of: node) }
        level.isComplete = answer.mayContainSelected
      } catch {
        try fail(error)
      }
    }
    levels.append(level)
    if answer.isSelected { _ = try makeWay() }
  }

  private func entries(of node: Node) throws -> [Node] {
    guard let subtree = node.subtree else {
      throw RestoreError("the snapshot doesn't say what is in this directory")
    }
    return try restoration.repository.loadTree(subtree)
  }

  /// Finishes the innermost directory.
  private mutating func leave() throws {
    let level = levels.removeLast()
    if level.node != nil { path.removeLast() }
    guard let place = level.place else { return }
    let mayDelete = restoration.deletes && level.isComplete && !level.isBlocked
    window.finished.append(
      FinishedDirectory(
        directory: place.directory,
        node: level.node,
        expected: mayDelete
          ? level.nodes.compactMap { FileName.isPlain($0.name) ? FileName($0.name) : nil }.sorted()
          : nil,
        exists: place.exists,
        isNew: place.isNew
      )
    )
  }

  /// Makes the directories down to the innermost one; nil when one of them can't be.
  private mutating func makeWay() throws -> Place? {
    guard var index = levels.lastIndex(where: { $0.place != nil }) else { return nil }
    while index + 1 < levels.count {
      guard let parent = levels[index].place, let name = levels[index + 1].name else { return nil }
      index += 1
      do {
        levels[index].place = try restoration.makeDirectory(name, in: parent)
        restoration.progress.found()
      } catch {
        for blocked in index..<levels.count {
          levels[blocked].isBlocked = true
          levels[blocked].nodes = []
          levels[blocked].next = 0
        }
        try restoration.failed(parent.directory, name, error)
        return nil
      }
    }
    return levels[index].place
  }

  /// Tells that something at the path that is walked is wrong.
  func fail(_ error: any Error) throws { try restoration.failed(at: path.filePath, error) }
}

extension FileName {
  /// Whether `bytes` name an entry of a directory, and nothing else.
  static func isPlain(_ bytes: [UInt8]) -> Bool {
    !bytes.isEmpty && bytes != [UInt8(ascii: ".")] && bytes != Array("..".utf8)
      && !bytes.contains(UInt8(ascii: "/")) && !bytes.contains(0)
  }
}
