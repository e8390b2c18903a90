import CMount
import Machine
import RepositoryEngine
import RepositoryFormat
import Synchronization

/// What is asked of a mounted repository, and the answers.
final class MountedSnapshots: Sendable {
  private struct Current {
    var folders: SnapshotFolders
    var loaded: ContinuousClock.Instant
    var ids: [SnapshotID]
  }

  private struct Handles {
    var files: [Int64: OpenedFile] = [:]
    var last: Int64 = 0
  }

  /// How old the list of snapshots may be.
  private static let listAgeMax = Duration.seconds(60)
  private static let forever = 1e9

  private let repository: Repository
  private let options: MountOptions
  private let current: Mutex<Current>
  private let folders = Folders()
  private let handles = Mutex(Handles())
  private let trees = LoadingCache<BlobID, LoadedTree>(costMax: 500_000) { $0.nodes.count + 1 }
  private let blobs = LoadingCache<BlobID, [UInt8]>(costMax: 64 << 20) { $0.count }

  /// Loads snapshots and index.
  ///
  /// - Throws: ``RepositoryError``, ``StoreError``, ``Interrupted``.
  init(
    _ repository: Repository,
    _ options: MountOptions,
    _ interruption: Interruption
  ) throws {
    self.repository = repository
    self.options = options
    let snapshots = try Self.snapshots(of: repository, options)
    try repository.loadIndex(interruption)
    current = Mutex(Self.arranged(snapshots, options))
  }

  func lookup(_ name: UnsafeRawBufferPointer, in parent: UInt64) throws -> mount_node? {
    let number = Folders.place(parent).folder
    switch folders[number]?.content {
    case .above(let path)?:
      let text = String(decoding: name, as: UTF8.self)
      return try folder(path)?[text].map { try above($0, text, path, in: number) }
    case .tree(let tree, let snapshot)?:
      let loaded = try load(tree)
      guard let position = loaded.position(of: name) else { return nil }
      return answer(loaded.nodes[position], at: position + 1, in: number, of: snapshot)
    case .link?, nil: return nil
    }
  }

  func attributes(of inode: UInt64) throws -> mount_node? {
    let (number, position) = Folders.place(inode)
    guard let folder = folders[number] else { return nil }
    switch folder.content {
    case .tree(let tree, let snapshot) where position > 0:
      let nodes = try load(tree).nodes
      guard position <= nodes.count else { return nil }
      return answer(nodes[position - 1], at: position, in: number, of: snapshot)
    default: return answer(folder, number)
    }
  }

  /// Calls `add` for entries after the first `start`; it returns false when it has no room.
  func list(
    _ inode: UInt64,
    from start: Int,
    add: (_ name: [UInt8], mount_node, _ next: Int) -> Bool
  ) throws -> Bool {
    let number = Folders.place(inode).folder
    guard let folder = folders[number] else { return false }
    var position = start
    while position < 2 {
      let other = position == 0 ? number : folder.parent
      guard let known = folders[other] else { return false }
      let name = [UInt8](repeating: 0x2e, count: position + 1)
      position += 1
      if !add(name, answer(known, other), position) { return true }
    }
    switch folder.content {
    case .above(let path):
      let entries = (self.folder(path) ?? [:]).sorted { $0.key < $1.key }
      for (name, entry) in entries.dropFirst(position - 2) {
        position += 1
        let node = try above(entry, name, path, in: number)
        if !add(Array(name.utf8), node, position) { return true }
      }
    case .tree(let tree, let snapshot):
      let nodes = try load(tree).nodes
      for index in nodes.indices.dropFirst(position - 2) {
        let node = answer(nodes[index], at: index + 1, in: number, of: snapshot)
        if !add(nodes[index].name, node, index + 3) { return true }
      }
    case .link: return false
    }
    return true
  }

  /// The target of a symbolic link.
  func target(of inode: UInt64) throws -> [UInt8]? {
    if case .link(let target, _)? = folders[Folders.place(inode).folder]?.content {
      return Array(target.utf8)
    }
    return try node(inode).flatMap { $0.type == .symlink ? $0.linkTarget : nil }
  }

  /// The extended attributes of a file or folder.
  func extendedAttributes(of inode: UInt64) throws -> [NodeAttribute] {
    try node(inode)?.attributes ?? []
  }

  func open(_ inode: UInt64) throws -> Int64? {
    guard let content = try node(inode)?.content else { return nil }
    let file = try OpenedFile(content, in: repository)
    return handles.withLock { handles in
      handles.last += 1
      handles.files[handles.last] = file
      return handles.last
    }
  }

  func file(_ handle: Int64) -> OpenedFile? { handles.withLock { $0.files[handle] } }

  func close(_ handle: Int64) { handles.withLock { _ = $0.files.removeValue(forKey: handle) } }

  func blob(_ id: BlobID) throws -> [UInt8] {
    try blobs.value(for: id) { try repository.loadBlob(.data, id) }
  }

  private func load(_ tree: BlobID) throws -> LoadedTree {
    try trees.value(for: tree) { try LoadedTree(tree, in: repository) }
  }

  private func node(_ inode: UInt64) throws -> Node? {
    let (number, position) = Folders.place(inode)
    guard let folder = folders[number] else { return nil }
    guard position > 0 else { return folder.node }
    guard case .tree(let tree, _) = folder.content else { return nil }
    let nodes = try load(tree).nodes
    return position <= nodes.count ? nodes[position - 1] : nil
  }

  // MARK: Snapshots

  private static func snapshots(
    of repository: Repository,
    _ options: MountOptions
  ) throws -> [StoredSnapshot] {
    try repository.snapshots { _ in }.filter { options.filter.matches($0.file) }
  }

  private static func arranged(_ snapshots: [StoredSnapshot], _ options: MountOptions) -> Current {
    Current(
      folders: SnapshotFolders(
        snapshots,
        templates: options.pathTemplates,
        layout: options.timeLayout
      ),
      loaded: .now,
      ids: snapshots.map(\.id)
    )
  }

  /// What stands in a folder above the snapshots, looked up anew when that is long ago.
  private func folder(_ path: String) -> [String: SnapshotFolders.Entry]? {
    current.withLock { current in
      if .now - current.loaded > Self.listAgeMax {
        current.loaded = .now
        // What can't be listed now stays as it was.
        if let snapshots = try? Self.snapshots(of: repository, options),
          snapshots.map(\.id) != current.ids, (try? repository.loadIndex()) != nil
        {
          current = Self.arranged(snapshots, options)
        }
      }
      return current.folders[path]
    }
  }

  private func above(
    _ entry: SnapshotFolders.Entry,
    _ name: String,
    _ path: String,
    in parent: Int
  ) throws -> mount_node {
    let content: Folders.Content
    var time: NodeTime?
    switch entry {
    case .folder: content = .above("\(path)/\(name)")
    case .snapshot(let snapshot):
      content = .tree(snapshot.file.tree, snapshot: snapshot.id)
      time = snapshot.file.time
    case .link(let target, let snapshot):
      content = .link(target: target, time: snapshot.file.time)
    }
    let number = folders.number("\(path)/\(name)", in: parent, content, time: time)
    return answer(
      Folders.Folder(parent: parent, content: content, node: nil, time: time),
      number
    )
  }

  // MARK: Attributes

  private func answer(_ folder: Folders.Folder, _ number: Int) -> mount_node {
    if let node = folder.node { return answer(node, inode: Folders.inode(number)) }
    var answer = mount_node()
    answer.inode = Folders.inode(number)
    answer.links = 2
    answer.user = options.ownerIsRoot ? 0 : Host.userID
    answer.group = options.ownerIsRoot ? 0 : Host.groupID
    answer.mode = 0o040555
    switch folder.content {
    case .above: answer.valid = 1
    case .link(let target, let time):
      answer.mode = 0o120777
      answer.links = 1
      answer.size = UInt64(target.utf8.count)
      answer.set(modified: time, accessed: time, changed: time)
      answer.valid = 1
    case .tree:
      if let time = folder.time { answer.set(modified: time, accessed: time, changed: time) }
      answer.valid = Self.forever
    }
    return answer
  }

  private func answer(
    _ node: Node,
    at position: Int,
    in folder: Int,
    of snapshot: SnapshotID
  ) -> mount_node {
    answer(node, inode: folders.inode(of: node, at: position, in: folder, of: snapshot))
  }

  private func answer(_ node: Node, inode: UInt64) -> mount_node {
    var answer = mount_node()
    answer.inode = inode
    answer.mode = permissions(fromGo: node.mode) | typeBits(of: node.type)
    answer.user = options.ownerIsRoot ? 0 : node.userID
    answer.group = options.ownerIsRoot ? 0 : node.groupID
    answer.links = UInt32(clamping: max(1, node.links))
    answer.size = node.type == .symlink ? UInt64(node.linkTarget.count) : node.size
    if let content = node.content {
      let holes = content.reduce(0) { $0 + ($1 == OpenedFile.hole ? 1 : 0) }
      let data = node.size - min(node.size, UInt64(holes) * UInt64(Chunker.sizeMin))
      answer.blocks = (data + 511) / 512
    }
    answer.device = node.device
    answer.set(modified: node.modified, accessed: node.accessed, changed: node.changed)
    answer.valid = Self.forever
    return answer
  }
}

extension mount_node {
  fileprivate mutating func set(modified: NodeTime, accessed: NodeTime, changed: NodeTime) {
    self.modified = modified.seconds
    modified_ns = modified.nanoseconds
    self.accessed = accessed.seconds
    accessed_ns = accessed.nanoseconds
    self.changed = changed.seconds
    changed_ns = changed.nanoseconds
  }
}
