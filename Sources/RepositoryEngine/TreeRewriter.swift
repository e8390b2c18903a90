package import Machine
import ObjectStorage
package import RepositoryFormat

/// Makes changed copies of trees; what doesn't change keeps its id.
package final class TreeRewriter {
  /// What takes the place of a tree that can't be read.
  package enum Replacement: Hashable, Sendable {
    case nothing, emptyFolder
  }

  private let repository: Repository
  private let interruption: Interruption
  /// Changes the node at a path; false takes it out.
  package var change: (inout Node, _ path: [UInt8]) -> Bool = { _, _ in true }
  /// Whether the folder at a path stays when nothing is in it.
  package var keepsEmpty: (_ path: [UInt8]) -> Bool = { _ in true }
  /// What takes the place of a tree at a path that can't be read; nil gives up.
  package var replacement: ((_ path: [UInt8]) -> Replacement)?
  /// Whether what we don't know in a tree may be lost where it is changed.
  package var mayLoseUnknown = false
  /// Whether a tree that stands in several places becomes the same in all of them, and so is
  /// looked at once.
  package var remembersTrees = false
  private var known: [BlobID: BlobID] = [:]

  /// - Parameters:
  ///   - repository: With its index loaded.
  ///   - interruption: Asked for each tree.
  package init(_ repository: Repository, _ interruption: Interruption = Interruption()) {
    self.repository = repository
    self.interruption = interruption
  }

  /// Returns the changed tree; nil when nothing is left of it.
  ///
  /// - Parameters:
  ///   - tree: The tree of a snapshot.
  ///   - saver: Stores the changed trees.
  /// - Returns: The changed one.
  /// - Throws: ``TreeRewriteError`` for a tree that can't be changed without losing something,
  ///   ``RepositoryError`` when one can't be read, ``StoreError``, ``Interrupted``.
  package func rewrite(_ tree: BlobID, with saver: BlobSaver) throws -> BlobID? {
    try rewrite(tree, at: [], saver)
  }

  private func rewrite(
    _ tree: BlobID?,
    at folder: [UInt8],
    _ saver: BlobSaver
  ) throws -> BlobID? {
    try interruption.check()
    if let tree, let new = known[tree] { return new }
    let path = folder.isEmpty ? [UInt8(ascii: "/")] : folder
    guard let (tree, nodes) = try load(tree, path) else {
      return replacement?(path) == .emptyFolder ? try save([], at: path, saver) : nil
    }
    var changed: [Node] = []
    for node in nodes {
      let path = folder + [UInt8(ascii: "/")] + node.name
      var node = node
      guard change(&node, path) else { continue }
      if node.type == .dir {
        guard let subtree = try rewrite(node.subtree, at: path, saver) else { continue }
        node.subtree = subtree
      }
      changed.append(node)
    }
    if changed.isEmpty && !keepsEmpty(path) { return nil }
    let new = changed == nodes ? tree : try save(changed, at: path, saver)
    if remembersTrees { known[tree] = new }
    return new
  }

  /// The nodes of a tree; nil when it can't be read and something else takes its place.
  private func load(_ tree: BlobID?, _ path: [UInt8]) throws -> (BlobID, [Node])? {
    let nodes: [Node]
    let bytes: [UInt8]
    do {
      guard let tree else { throw TreeRewriteError(path: path, reason: .noTree) }
      bytes = try repository.loadBlob(.tree, tree)
      nodes = try bytes.withUnsafeBytes { try decodeTree($0) }
    } catch {
      if replacement != nil && (error is TreeRewriteError || isLoss(error)) { return nil }
      throw error
    }
    let isWhole = mayLoseUnknown || areAscending(nodes) && encodeTree(nodes) == bytes
    guard isWhole else { throw TreeRewriteError(path: path, reason: .wouldLose) }
    return tree.map { ($0, nodes) }
  }

  private func save(
    _ nodes: [Node],
    at path: [UInt8],
    _ saver: BlobSaver
  ) throws -> BlobID {
    let sorted = nodes.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    guard areAscending(sorted) else {
      throw TreeRewriteError(path: path, reason: .doubleName)
    }
    return try encodeTree(sorted).withUnsafeBytes { try saver.save($0, as: .tree).id }
  }
}

/// A tree that can't be changed.
package struct TreeRewriteError: ExplainedError, Hashable {
  package enum Reason: Hashable, Sendable {
    /// Something in it is not known here.
    case wouldLose
    /// Two nodes have the same name.
    case doubleName
    /// A folder without a tree.
    case noTree
  }

  package var path: [UInt8]
  package var reason: Reason

  package init(path: [UInt8], reason: Reason) {
    self.path = path
    self.reason = reason
  }

  package var cause: (any Error)? { nil }

  package var description: String {
    let name = String(decoding: path.withUnsafeBytes { goQuoted($0) }, as: UTF8.self)
    switch reason {
    case .wouldLose: return "cannot encode tree at \"\(name)\" without losing information"
    case .doubleName: return "two entries of \"\(name)\" have the same name"
    case .noTree: return "folder \"\(name)\" has no tree"
    }
  }

  package var hint: String? {
    reason == .wouldLose ? "a newer version of this program may know how" : nil
  }
}
