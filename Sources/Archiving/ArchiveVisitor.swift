import Machine
import RepositoryEngine
import RepositoryFormat
import Viewing

/// Turns what the walk finds into nodes, and into jobs for the readers.
struct ArchiveVisitor: WalkVisitor {
  let run: ArchiveRun
  private let builder: NodeBuilder
  private var batch: [FileJob] = []
  private var batchSize: UInt64 = 0
  /// The parent snapshot's nodes of each directory we are inside.
  var cursors: [ParentCursor] = []
  /// What is in the parent, without what was looked at in its trees; nil unless the walk is quick.
  ///
  /// In the end that is what was taken over.
  var parentLeft: TreeTotals?
  /// Of each device, whether its file system shows a change of attributes in a file's times.
  var showsChanges: [UInt64: Bool] = [:]
  /// What comes next, if it could have been taken over; where the walk compares.
  var unwritten: (directory: ObjectIdentifier, slot: Int)?

  init(_ run: ArchiveRun) {
    self.run = run
    if let shortcut = run.request.shortcut, shortcut.purpose == .quick {
      parentLeft = shortcut.parentTotals
    }
    builder = NodeBuilder(
      owners: run.owners,
      storesAccessTime: run.request.options.storesAccessTime
    )
  }

  mutating func enter(
    _ entry: WalkedEntry?,
    childrenMax: Int,
    in parent: DirectoryRecord?
  ) throws -> DirectoryRecord {
    guard let entry else {
      let root = DirectoryRecord(
        slot: 0,
        name: FileName(""),
        node: Node(name: [], type: .dir),
        former: nil,
        originalPath: nil,
        childrenMax: childrenMax,
        parent: nil
      )
      cursors.append(try loadParent(run.request.parentTree, of: root))
      return root
    }
    learnDevice(of: entry)
    let former = findFormer(entry.name)
    let same = unchangedNode(former, entry)
    let node = same ?? node(entry, in: parent)
    parent?.expectChild()
    let record = DirectoryRecord(
      slot: entry.slot,
      name: FileName(entry.name),
      node: node,
      former: former,
      isFormer: same != nil,
      originalPath: entry.originalPath,
      childrenMax: childrenMax,
      parent: parent,
      isUnwritten: parent.map { isUnwritten(entry.slot, in: $0) } ?? false,
      started: run.ledger.now()
    )
    let subtree = former?.type == .dir ? former?.subtree : nil
    if subtree != nil { cursors[cursors.count - 1].account() }
    cursors.append(try loadParent(subtree, of: record))
    return record
  }

  mutating func leave(_ directory: DirectoryRecord) throws {
    let cursor = cursors.removeLast()
    if parentLeft != nil { try countOut(cursor.subtreesLeft) }
    guard directory.complete(nil, at: nil) else { return }
    // Nothing to do takes less time than to say so to another thread.
    if directory.unchangedTree != nil { return try SavingWorker(run: run).finish(directory) }
    try run.saves.push(.tree(directory))
  }

  mutating func visitFile(_ entry: WalkedEntry, in directory: DirectoryRecord) throws {
    let started = run.ledger.now()
    let former = findFormer(entry.name)
    let instant = instant(of: entry)
    compare(entry, with: former, in: directory)
    if let former, isUnchanged(entry.metadata, since: former) {
      if (former.content ?? []).allSatisfy({ run.repository.contains(.data, $0) }) {
        if let instant, !instant.isNamed, let lateness = instant.lateness(of: entry.metadata) {
          isLate(path(of: entry, in: directory), lateness)
        }
        return addUnread(entry, former, in: directory, started)
      }
      missed(path(of: entry, in: directory), during: "find", ArchiveFault.parentIncomplete)
    }
    directory.expectChild()
    batch.append(
      FileJob(
        directory: entry.directory,
        fileName: entry.fileName.map { FileName($0) } ?? FileName(entry.name),
        name: Array(entry.name),
        parent: directory,
        slot: entry.slot,
        former: former,
        frozenDeviceID: entry.root.isLive ? nil : entry.deviceID,
        instant: instant,
        originalPath: entry.originalPath,
        metadata: entry.metadata,
        started: started
      )
    )
    batchSize += entry.metadata.size
    // Many small files cost one hop to a reader, a large one does not wait for others.
    if batch.count >= 32 || batchSize >= 1 << 19 { try handOver() }
  }

  /// Puts a file whose content is the parent's.
  private mutating func addUnread(
    _ entry: WalkedEntry,
    _ former: Node,
    in directory: DirectoryRecord,
    _ started: ContinuousClock.Instant?
  ) {
    let same = unchangedNode(former, entry)
    var node = same ?? node(entry, in: directory)
    node.content = former.content ?? []
    node.size = former.size
    directory.add(node, at: entry.slot, isFormer: same != nil)
    run.ledger.addUnread(node, in: directory, started: started)
  }

  private func instant(of entry: WalkedEntry) -> FileInstant? {
    entry.root.hot.map { hot in
      FileInstant(
        hot: hot,
        copy: hot.file(entry.metadata),
        inode: entry.metadata.inode,
        isNamed: entry.isNamed
      )
    }
  }

  mutating func visitOther(_ entry: WalkedEntry, in directory: DirectoryRecord) throws {
    let former = findFormer(entry.name)
    compare(entry, with: former, in: directory)
    if let same = unchangedNode(former, entry) {
      return directory.add(same, at: entry.slot, isFormer: true)
    }
    var node = node(entry, in: directory)
    if node.type == .symlink, let fileName = entry.fileName {
      do {
        node.linkTarget = try linkTarget(
          in: entry.directory.raw,
          fileName,
          subject: path(of: entry, in: directory)
        )
      } catch {
        let isGone = error.errno == .noSuchFileOrDirectory
        return missed(
          path(of: entry, in: directory),
          during: "readlink",
          isGone ? ArchiveFault.vanished : error
        )
      }
    }
    directory.add(node, at: entry.slot)
  }

  mutating func missed(_ path: FilePath, during: String, _ cause: any Error) {
    run.ledger.add(ArchiveProblem(path: path, during: during, cause: cause))
  }

  func isLate(_ path: FilePath, _ lateness: Lateness) {
    run.ledger.add(late: ArchiveFinding(path: path, reason: "\(lateness)"))
  }

  mutating func listed(_ path: () -> FilePath) {
    if let hook = run.request.hooks.listed { hook(path()) }
  }

  /// Gives the readers what was collected.
  mutating func handOver() throws {
    if batch.isEmpty { return }
    try run.jobs.push(batch)
    batch = []
    batchSize = 0
  }

  mutating func findFormer(_ name: UnsafeRawBufferPointer) -> Node? {
    cursors[cursors.count - 1].find(name)
  }

  func path(of entry: WalkedEntry, in directory: DirectoryRecord?) -> FilePath {
    if let original = entry.originalPath { return original }
    return (directory?.readPath ?? "/").appending(FileName(entry.name))
  }

  /// The node of an entry, but for content, subtree and link target.
  private mutating func node(_ entry: WalkedEntry, in directory: DirectoryRecord?) -> Node {
    var attributes: [ExtendedAttribute] = []
    do {
      let found = try foundAttributes(of: entry, in: directory)
      attributes = found.attributes
      for error in found.unreadable {
        missed(path(of: entry, in: directory), during: "read attribute of", error)
      }
    } catch {
      // Above the targets not everything may be looked at, as in restic.
      let isAbove = entry.metadata.type == .directory && entry.fileName != nil
      let isDenied = error.errno == .permissionDenied || error.errno == .notPermitted
      if !(isAbove && isDenied) {
        missed(path(of: entry, in: directory), during: "list attributes of", error)
      }
    }
    return builder.node(
      named: Array(entry.name),
      entry.metadata,
      deviceID: entry.deviceID,
      attributes: attributes
    )
  }

  private func foundAttributes(
    of entry: WalkedEntry,
    in directory: DirectoryRecord?
  ) throws(SystemCallError) -> ExtendedAttributes {
    if let then = entry.attributesThen { return then }
    return try ExtendedAttributes(
      in: entry.place.directory,
      entry.place.name,
      subject: path(of: entry, in: directory)
    )
  }

  private mutating func loadParent(
    _ tree: BlobID?,
    of directory: DirectoryRecord
  ) throws -> ParentCursor {
    guard let tree else { return ParentCursor([]) }
    do {
      let nodes = try run.parentTrees.take(tree)
      try parentLeft?.subtract(nodes)
      if run.reusesNodes { directory.expect(tree, count: nodes.count) }
      return ParentCursor(nodes)
    } catch {
      if parentLeft != nil { throw ShortcutFailed() }
      missed(directory.readPath, during: "load the parent's tree of", error)
      return ParentCursor([])
    }
  }
}

extension ArchiveVisitor {
  /// Whether a file's content need not be read: size, times and inode are the parent's.
  ///
  /// Source: restic's `internal/archiver/archiver.go`, and git's rule for racily clean files.
  private func isUnchanged(_ metadata: FileMetadata, since former: Node) -> Bool {
    let options = run.request.options
    guard former.type == .file, former.content != nil, former.size == metadata.size,
      metadata.modified == former.modified
    else { return false }
    let comparesChangeTime = !options.ignoresChangeTime && !options.ignoresInode
    if comparesChangeTime, !(metadata.changed == former.changed) { return false }
    if !options.ignoresInode, metadata.inode != former.inode { return false }
    guard let settled = run.parentSettled else { return true }
    return metadata.modified < settled && (!comparesChangeTime || metadata.changed < settled)
  }
}

extension WalkedEntry {
  /// The attributes at the instant, when they were looked at then.
  fileprivate var attributesThen: ExtendedAttributes? {
    root.hot.flatMap { $0.file(metadata)?.attributes ?? $0.directory(metadata)?.attributes }
  }
}

extension FileTime {
  init(_ time: NodeTime) { self.init(seconds: time.seconds, nanoseconds: time.nanoseconds) }

  static func == (left: FileTime, right: NodeTime) -> Bool {
    left.seconds == right.seconds && left.nanoseconds == right.nanoseconds
  }

  /// Some time of less than a second before.
  func earlier(byNanoseconds span: UInt32) -> FileTime {
    if nanoseconds >= span {
      return FileTime(seconds: seconds, nanoseconds: nanoseconds - span)
    }
    return FileTime(seconds: seconds - 1, nanoseconds: nanoseconds + 1_000_000_000 - span)
  }
}

extension FileName {
  /// The bytes up to the zero.
  init(_ text: UnsafePointer<CChar>) {
    var count = 0
    while text[count] != 0 { count += 1 }
    self.init(UnsafeRawBufferPointer(start: text, count: count))
  }
}
