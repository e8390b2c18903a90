package import Machine
package import RepositoryFormat

/// What one side of a difference has and the other hasn't.
package struct DifferenceCounts: Hashable, Sendable {
  package var files = 0
  package var folders = 0
  package var others = 0
  package var dataBlobs = 0
  package var treeBlobs = 0
  /// Of the plaintext of those blobs.
  package var bytes: UInt64 = 0

  fileprivate mutating func add(_ node: Node) {
    switch node.type {
    case .file: files += 1
    case .dir: folders += 1
    case .symlink, .dev, .chardev, .fifo, .socket, .irregular: others += 1
    }
  }
}

/// One step in telling two trees apart.
package enum DifferenceEvent {
  /// The path begins with a slash; that of a folder ends with one. What happened is `+`, `-`, or
  /// some of `T`, `M`, `?` and `U`, in this order.
  case change(path: [UInt8], String)
  /// Something below can't be compared.
  case problem(any Error)
}

/// Compares two trees of a repository, counting as restic does.
package struct SnapshotDifference {
  package private(set) var changedFiles = 0
  package private(set) var added = DifferenceCounts()
  package private(set) var removed = DifferenceCounts()

  private let repository: Repository
  private let comparesMetadata: Bool
  private let interruption: Interruption
  private let report: (DifferenceEvent) throws -> Void
  private var before: BlobSet
  private var after: BlobSet
  /// What lies in folders that are the same.
  private var common: BlobSet

  private enum Side { case before, after, common }

  /// Compares.
  ///
  /// - Parameters:
  ///   - old: A tree.
  ///   - new: Another tree.
  ///   - repository: Theirs, with its index loaded.
  ///   - comparesMetadata: Whether it is a change when only metadata differ.
  ///   - interruption: Asked at every node.
  ///   - report: Gets changes and problems in the order of the trees.
  /// - Throws: ``RepositoryError`` when one of the two trees can't be read, ``Interrupted``; what
  ///   `report` throws.
  package init(
    from old: BlobID,
    to new: BlobID,
    in repository: Repository,
    comparesMetadata: Bool,
    _ interruption: Interruption,
    report: @escaping (DifferenceEvent) throws -> Void
  ) throws {
    self.repository = repository
    self.comparesMetadata = comparesMetadata
    self.interruption = interruption
    self.report = report
    before = try repository.noBlobs()
    (after, common) = (before, before)
    before.insert(.tree, old)
    after.insert(.tree, new)
    try compare(old, new, at: [UInt8(ascii: "/")])
    var (gone, fresh) = (before, after)
    for set in [after, common] { gone.subtract(set) }
    for set in [before, common] { fresh.subtract(set) }
    removed = try counts(of: gone, removed)
    added = try counts(of: fresh, added)
  }

  /// Compares two trees; `folder` ends with a slash.
  private mutating func compare(_ old: BlobID, _ new: BlobID, at folder: [UInt8]) throws {
    var left = try repository.loadTree(old)[...]
    var right = try repository.loadTree(new)[...]
    while let name = [left.first?.name, right.first?.name].compactMap({ $0 }).min(by: {
      $0.lexicographicallyPrecedes($1)
    }) {
      try interruption.check()
      let first = left.first?.name == name ? left.popFirst() : nil
      let second = right.first?.name == name ? right.popFirst() : nil
      if let first { before.insert(contentOf: first) }
      if let second { after.insert(contentOf: second) }
      if let first, let second {
        try compare(first, second, at: folder + name)
      } else if let first {
        try note(first, "-", .before, in: folder)
      } else if let second {
        try note(second, "+", .after, in: folder)
      }
    }
  }

  private mutating func compare(_ old: Node, _ new: Node, at path: [UInt8]) throws {
    var marks = old.type == new.type ? "" : "T"
    if old.type == .file && new.type == .file && old.content != new.content {
      marks += "M"
      changedFiles += 1
      var shell = old
      shell.content = new.content
      if shell.isSame(as: new) { marks += "?" }
    } else if comparesMetadata && !old.isSame(as: new) {
      marks += "U"
    }
    let path = new.type == .dir ? path + [UInt8(ascii: "/")] : path
    if !marks.isEmpty { try report(.change(path: path, marks)) }
    guard let first = old.subtree, let second = new.subtree else { return }
    try goingOn { difference in
      if first == second {
        try difference.collect(first)
      } else {
        try difference.compare(first, second, at: path)
      }
    }
  }

  /// Reports a node that only one side has, and all below it.
  private mutating func note(
    _ node: Node,
    _ mark: String,
    _ side: Side,
    in folder: [UInt8]
  ) throws {
    let path = folder + node.name + (node.type == .dir ? [UInt8(ascii: "/")] : [])
    try report(.change(path: path, mark))
    if side == .before { removed.add(node) } else { added.add(node) }
    guard let subtree = node.subtree else { return }
    try goingOn { difference in
      for child in try difference.repository.loadTree(subtree) {
        try difference.interruption.check()
        difference.insert(contentOf: child, side)
        try difference.note(child, mark, side, in: path)
      }
    }
  }

  /// Collects what lies below a tree that both sides have.
  private mutating func collect(_ tree: BlobID) throws {
    for node in try repository.loadTree(tree) {
      try interruption.check()
      insert(contentOf: node, .common)
      guard let subtree = node.subtree else { continue }
      try goingOn { try $0.collect(subtree) }
    }
  }

  private mutating func insert(contentOf node: Node, _ side: Side) {
    switch side {
    case .before: before.insert(contentOf: node)
    case .after: after.insert(contentOf: node)
    case .common: common.insert(contentOf: node)
    }
  }

  /// Does what concerns one folder: where it can't be read, the others are still compared.
  private mutating func goingOn(
    _ body: (inout SnapshotDifference) throws -> Void
  ) throws {
    do {
      try body(&self)
    } catch let error as RepositoryError {
      try report(.problem(error))
    }
  }

  private func counts(of blobs: BlobSet, _ nodes: DifferenceCounts) throws -> DifferenceCounts {
    var counts = nodes
    try blobs.forEach { type, id, location in
      if type == .data { counts.dataBlobs += 1 } else { counts.treeBlobs += 1 }
      if let location {
        counts.bytes += UInt64(location.plainSize)
      } else {
        try report(.problem(repository.failure(.unreadableBlob(type, id), NotIndexed())))
      }
    }
    return counts
  }
}
