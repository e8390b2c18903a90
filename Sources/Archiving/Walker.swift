import Machine
import Planning
import Viewing

/// Walks the targets of an archive through its view, depth first, without recursion.
struct Walker<Visitor: WalkVisitor> {
  let request: ArchiveRequest
  let resolver: ViewResolver
  /// How many directories stay open on the way down; those above are opened again on the way up.
  let openMax: Int
  var visitor: Visitor
  var frames: [WalkFrame<Visitor.Directory>] = []
  /// Where the walk is, as the user's paths say.
  var path: ComponentPath
  /// The markers found beside targets that the user did not name.
  var containerMarkers: [FilePath: [ExclusionMarker]] = [:]

  init(_ request: ArchiveRequest, openMax: Int, visitor: Visitor) {
    self.request = request
    self.openMax = openMax
    self.visitor = visitor
    resolver = ViewResolver(view: request.view)
    path = ComponentPath(foldsCase: !request.exclusions.caselessPatterns.isEmpty)
  }

  /// Walks everything.
  ///
  /// - Throws: What the visitor throws, ``Interrupted``, or why a target that stands for its
  ///   entries could not be listed.
  mutating func run() throws {
    let tree = try TargetTree(request.targets) { try resolver.names(in: $0) }
    try enterRoot(tree)
    while let frame = frames.last {
      try request.interruption.check()
      if frame.next < frame.listing.count {
        let slot = frame.next
        frame.next += 1
        try frame.listing.withName(at: slot) { try visit($0, slot, in: frame) }
      } else {
        try leave(frame)
      }
    }
  }

  private mutating func enterRoot(_ tree: TargetTree) throws {
    let listing = DirectoryListing(Array(tree.children.keys))
    frames.append(
      WalkFrame(
        directory: try visitor.enter(nil, childrenMax: listing.count, in: nil),
        root: request.view.roots[0],
        listing: listing,
        handle: nil,
        name: FileName(""),
        targets: tree.children,
        isCovered: false,
        pathBefore: path
      )
    )
  }

  private mutating func leave(_ frame: WalkFrame<Visitor.Directory>) throws {
    frames.removeLast()
    try visitor.leave(frame.directory)
    if let before = frame.pathBefore { path = before } else { path.removeLast() }
    if frame.isOrdinary, let parent = frames.last, parent.handle == nil {
      reopen(parent, from: frame)
    }
  }

  /// Visits one name of a directory.
  private mutating func visit(
    _ name: UnsafeRawBufferPointer,
    _ slot: Int,
    in frame: WalkFrame<Visitor.Directory>
  ) throws {
    if !frame.targets.isEmpty, let tree = frame.targets[FileName(name)] {
      return try visit(tree, name, slot, in: frame)
    }
    if let hidden = frame.hidden, hidden.bytes.elementsEqual(name) { return }
    let depth = frames.count
    path.append(name)
    if !(request.exclusions.hasPatterns && request.exclusions.excludes(path)) {
      let (nested, below) =
        frame.rootsBelow.isEmpty ? (nil, .none) : frame.rootsBelow.child(name)
      if let nested {
        try Self.withPointer(to: nested.entry) {
          try visit(
            Found(
              name: name,
              slot: slot,
              root: nested,
              directory: nested.directory,
              fileName: $0,
              isRoot: true,
              rootsBelow: below,
              allowedDevice: frame.allowedDevice
            ),
            in: frame
          )
        }
      } else if let handle = frame.handle, try !takesOver(name, slot, in: frame) {
        try visit(
          Found(
            name: name,
            slot: slot,
            root: frame.root,
            directory: handle,
            fileName: name.assumingMemoryBound(to: CChar.self).baseAddress,
            isRoot: false,
            rootsBelow: below,
            isPlaced: frame.state.isPlaced,
            inodeThen: frame.inodeThen(at: slot),
            allowedDevice: frame.allowedDevice
          ),
          in: frame
        )
      }
    }
    if frames.count == depth { path.removeLast() }
  }

  private mutating func visit(
    _ found: Found,
    in frame: WalkFrame<Visitor.Directory>
  ) throws {
    guard let metadata = look(at: found), !isLeftOut(found, metadata, in: frame) else { return }
    try visit(found, metadata, in: frame)
  }

  /// What was found under a name, before it was looked at.
  struct Found {
    let name: UnsafeRawBufferPointer
    let slot: Int
    let root: ViewRoot
    let directory: SharedDescriptor
    /// Nil for `directory` itself.
    let fileName: UnsafePointer<CChar>?
    /// Whether it is the directory of a piece of the view.
    let isRoot: Bool
    let rootsBelow: RootsBelow
    /// Whether the directory that holds it stood where it stands at the instant.
    var isPlaced = true
    /// Which file had the name at the instant, when that is known.
    var inodeThen: UInt64?
    var allowedDevice: UInt64?
    var originalPath: FilePath?
    var pathBefore: ComponentPath?
  }

  /// The metadata as it is stored; nil when that failed, which the visitor heard.
  mutating func look(at found: Found) -> FileMetadata? {
    if let then = metadataThen(of: found) { return then }
    do {
      let metadata: FileMetadata
      if let fileName = found.fileName {
        metadata = try fileMetadata(in: found.directory.raw, named: fileName, subject: here)
      } else {
        metadata = try fileMetadata(in: found.directory.raw, subject: here)
      }
      return metadata.type == .directory ? found.root.corrected(metadata) : metadata
    } catch {
      if found.root.hot != nil, found.originalPath == nil,
        error.errno == .noSuchFileOrDirectory
      {
        visitor.isLate(here, .removed)
      } else {
        missed("stat", error)
      }
      return nil
    }
  }

  /// The path the walk is at.
  var here: FilePath { path.filePath }

  /// Calls `body` with a name as system calls take it.
  static func withPointer<Value>(
    to name: FileName?,
    _ body: (UnsafePointer<CChar>?) throws -> Value
  ) throws -> Value {
    guard let name else { return try body(nil) }
    return try name.withCString { try body($0) }
  }

  mutating func missed(_ during: String, _ error: SystemCallError) {
    let isGone = error.errno == .noSuchFileOrDirectory
    visitor.missed(here, during: during, isGone ? ArchiveFault.vanished : error)
  }

  /// Visits what was found and looked at, whatever it is.
  mutating func visit(
    _ found: Found,
    _ metadata: FileMetadata,
    in frame: WalkFrame<Visitor.Directory>
  ) throws {
    if metadata.type != .directory {
      for root in found.rootsBelow.all {
        visitor.missed(root.path, during: "find", ArchiveFault.misplacedVolume)
      }
    }
    var entry = found.entry(metadata)
    switch metadata.type {
    case .regular:
      entry.isNamed = nameIfLate(found, metadata)
      try visitor.visitFile(entry, in: frame.directory)
    case .directory:
      if try takesOver(found, metadata, in: frame) { return }
      try enterDirectory(found, metadata, in: frame)
    case .symbolicLink, .blockDevice, .characterDevice, .fifo:
      entry.isNamed = nameIfLate(found, metadata)
      try visitor.visitOther(entry, in: frame.directory)
    case .socket, .unknown:
      break
    }
  }
}

extension Walker.Found {
  func entry(_ metadata: FileMetadata) -> WalkedEntry {
    WalkedEntry(
      slot: slot,
      name: name,
      metadata: metadata,
      deviceID: root.deviceID(of: metadata),
      root: root,
      directory: directory,
      fileName: fileName,
      originalPath: originalPath
    )
  }
}

extension ViewRoot {
  /// What is stored as the device of a file seen through this piece.
  func deviceID(of metadata: FileMetadata) -> UInt64 {
    if case .frozen(let deviceID) = kind { deviceID } else { metadata.device }
  }

  /// Whether files may change while they are read.
  var isLive: Bool { kind == .live }
}
