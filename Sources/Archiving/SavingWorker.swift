import Machine
import RepositoryEngine
import RepositoryFormat

/// A thread that stores blobs, and the trees that they complete.
struct SavingWorker {
  let run: ArchiveRun

  /// Works until nothing more comes.
  ///
  /// - Throws: What storing threw, or what stopped the run.
  func work() throws {
    while let task = try run.saves.pop() {
      switch task {
      case .blobs(let pieces, let lease):
        for piece in pieces {
          try run.request.interruption.check()
          try save(piece, lease.slab)
        }
      case .tree(let record):
        try run.request.interruption.check()
        try finish(record)
      }
    }
  }

  private func save(_ piece: BlobPiece, _ slab: Slab) throws {
    let bytes = UnsafeRawBufferPointer(
      rebasing: slab.bytes[piece.offset..<piece.offset + piece.length]
    )
    let saved = try run.saver.save(bytes, as: .data, id: piece.id)
    if piece.record.complete(saved, at: piece.place, size: piece.length) {
      try finish(piece.record)
    }
  }

  private func finish(_ record: FileRecord) throws {
    if let directory = run.finish(record) { try finish(directory) }
  }

  /// Stores the tree of a complete directory, and of those above that it completes.
  func finish(_ first: DirectoryRecord) throws {
    var record = first
    while true {
      let (tree, stored) = try storeTree(of: record)
      guard let parent = record.parent else {
        run.ledger.add(directory: nil, tree: stored, record: record)
        return run.finish(root: tree)
      }
      var node = record.node
      node.subtree = tree
      run.ledger.add(directory: node, tree: stored, record: record)
      let isFormer = record.isFormer && record.former?.subtree == tree
      let isParentComplete = parent.complete(node, at: record.slot, isFormer: isFormer)
      record.detach()
      if !isParentComplete { return }
      record = parent
    }
  }

  private func storeTree(of record: DirectoryRecord) throws -> (BlobID, StoredBlobs) {
    var stored = StoredBlobs()
    if let tree = record.unchangedTree, run.repository.contains(.tree, tree) {
      return (tree, stored)
    }
    let children = record.takeChildren()
    if children.isEmpty, record.parent == nil { throw ArchiveError(.empty) }
    let tree = encodeTree(children)
    let saved = try tree.withUnsafeBytes { try run.saver.save($0, as: .tree) }
    if saved.isNew { stored.add(size: tree.count, stored: saved.storedSize) }
    return (saved.id, stored)
  }
}

extension ArchiveRun {
  /// Counts a file whose blobs are all stored and puts it into its directory.
  ///
  /// - Returns: The directory, when that completed it.
  func finish(_ record: FileRecord) -> DirectoryRecord? {
    let (node, stored) = record.takeNode()
    ledger.add(file: node, stored: stored, record: record)
    return record.directory.complete(node, at: record.slot) ? record.directory : nil
  }
}
