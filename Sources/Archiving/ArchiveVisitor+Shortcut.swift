import Machine
import RepositoryEngine
import RepositoryFormat

extension ArchiveVisitor {
  /// Takes an entry over from the parent when that has the same thing, and everything that belongs
  /// to it is in the repository; where the walk compares, takes note of it instead.
  mutating func takeOver(_ entry: UnwrittenEntry, in directory: DirectoryRecord) throws -> Bool {
    guard let former = findFormer(entry.name), entry.isSame(as: former), isStored(former) else {
      return false
    }
    guard parentLeft != nil else {
      unwritten = (ObjectIdentifier(directory), entry.slot)
      return false
    }
    cursors[cursors.count - 1].account()
    directory.add(former, at: entry.slot, isFormer: true)
    switch former.type {
    case .file: run.ledger.addUnread(former, in: directory, started: nil)
    // Counted out with the tree that it is in, and what is below it wasn't.
    case .dir: parentLeft?.directories += 1
    default: break
    }
    return true
  }

  private func isStored(_ node: Node) -> Bool {
    switch node.type {
    case .file: node.content?.allSatisfy { run.repository.contains(.data, $0) } ?? false
    case .dir: node.subtree.map { run.repository.contains(.tree, $0) } ?? false
    default: true
    }
  }

  /// Whether what is at `slot` could have been taken over.
  mutating func isUnwritten(_ slot: Int, in directory: DirectoryRecord) -> Bool {
    guard let (expected, expectedSlot) = unwritten else { return false }
    unwritten = nil
    return expected == ObjectIdentifier(directory) && expectedSlot == slot
  }

  /// Names anything but a directory that isn't what the parent has although the file system says
  /// so.
  mutating func compare(
    _ entry: WalkedEntry,
    with former: Node?,
    in directory: DirectoryRecord
  ) {
    guard isUnwritten(entry.slot, in: directory), let former,
      !former.agrees(with: entry.metadata)
    else { return }
    run.ledger.add(untold: path(of: entry, in: directory))
  }

  /// Takes what is in trees of the parent, and below them, off what is left of it: it is gone, or
  /// was replaced.
  mutating func countOut(_ trees: [BlobID]) throws {
    var pending = trees
    while let tree = pending.popLast() {
      try run.request.interruption.check()
      guard let nodes = try? run.repository.loadTree(tree) else { throw ShortcutFailed() }
      try parentLeft?.subtract(nodes)
      pending += nodes.compactMap(\.subtree)
    }
  }
}
