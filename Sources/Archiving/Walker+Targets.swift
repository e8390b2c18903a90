import Machine
import Planning
import Viewing

extension Walker {
  /// Visits a name that is a target or leads to some.
  mutating func visit(
    _ tree: TargetTree,
    _ name: UnsafeRawBufferPointer,
    _ slot: Int,
    in frame: WalkFrame<Visitor.Directory>
  ) throws {
    let before = path
    let depth = frames.count
    if let target = tree.target, tree.children.isEmpty {
      path = ComponentPath(target, foldsCase: !request.exclusions.caselessPatterns.isEmpty)
      try visitTarget(tree, target, name, slot, in: frame, pathBefore: before)
    } else if let directory = tree.target ?? tree.directory {
      path = ComponentPath(directory, foldsCase: !request.exclusions.caselessPatterns.isEmpty)
      try enterAbove(tree, directory, name, slot, in: frame, pathBefore: before)
    }
    if frames.count == depth { path = before }
  }

  private mutating func visitTarget(
    _ tree: TargetTree,
    _ target: FilePath,
    _ name: UnsafeRawBufferPointer,
    _ slot: Int,
    in frame: WalkFrame<Visitor.Directory>,
    pathBefore: ComponentPath
  ) throws {
    if !tree.isExplicit, request.exclusions.excludes(path) { return }
    guard let place = find(target, followingLast: false) else { return }
    // The name lives as long as the visit.
    let fileName = place.name
    try Self.withPointer(to: fileName) { pointer in
      var found = Found(
        name: name,
        slot: slot,
        root: place.root,
        directory: place.directory,
        fileName: pointer,
        isRoot: place.isRoot,
        rootsBelow: RootsBelow(place.path, in: request.view),
        isPlaced: place.isRoot || place.directory === place.root.directory,
        inodeThen: inodeThen(of: fileName, in: place.directory, place.root),
        originalPath: target,
        pathBefore: pathBefore
      )
      guard let metadata = look(at: found) else { return }
      found.allowedDevice = place.root.deviceID(of: metadata)
      if let container = tree.container {
        if isLeftOut(metadata, beside: container, &found) { return }
      }
      try visit(found, metadata, in: frame)
    }
  }

  /// Enters a directory above targets; its other entries count only when it is a target itself.
  private mutating func enterAbove(
    _ tree: TargetTree,
    _ directory: FilePath,
    _ name: UnsafeRawBufferPointer,
    _ slot: Int,
    in frame: WalkFrame<Visitor.Directory>,
    pathBefore: ComponentPath
  ) throws {
    guard let place = find(directory, followingLast: true) else { return }
    let isCovered = tree.target != nil || (frame.isCovered && frame.handle != nil)
    var handle: SharedDescriptor?
    var listing = DirectoryListing(Array(tree.children.keys))
    var state = DirectoryInstant()
    let below = RootsBelow(place.path, in: request.view)
    guard var metadata = metadata(ofDirectory: place) else { return }
    if isCovered {
      let found = Found(
        name: name,
        slot: slot,
        root: place.root,
        directory: place.directory,
        fileName: nil,
        isRoot: place.isRoot,
        rootsBelow: below,
        isPlaced: place.isRoot || frame.state.isPlaced,
        inodeThen: frame.root === place.root ? frame.inodeThen(at: slot) : nil
      )
      guard let opened = open(found, metadata) else { return }
      state = judge(found, opened.2, opened.0)
      listing = opened.1.adding(Array(tree.children.keys))
      (handle, metadata) = (opened.0, opened.2)
    }
    let hidden = place.root.hiddenEntry(of: metadata)
    metadata = place.root.corrected(metadata)
    let device = place.root.deviceID(of: metadata)
    let allowed = tree.target == nil ? frame.allowedDevice ?? device : device
    let entered = try visitor.enter(
      WalkedEntry(
        slot: slot,
        name: name,
        metadata: metadata,
        deviceID: device,
        root: place.root,
        directory: handle ?? place.directory,
        fileName: handle == nil ? Self.itself : nil,
        originalPath: directory
      ),
      childrenMax: listing.count,
      in: frame.directory
    )
    frames.append(
      WalkFrame(
        directory: entered,
        root: place.root,
        listing: listing,
        handle: handle,
        identity: (metadata.device, metadata.inode),
        name: FileName(name),
        targets: tree.children,
        isCovered: isCovered,
        rootsBelow: below,
        hidden: hidden,
        allowedDevice: allowed,
        state: state,
        changes: handle == nil ? nil : changes(in: place.root, allowedDevice: allowed),
        pathBefore: pathBefore
      )
    )
  }

  /// What a directory above targets is; nil when that failed, which the visitor heard.
  private mutating func metadata(ofDirectory place: ResolvedPlace) -> FileMetadata? {
    do {
      let metadata = try fileMetadata(in: place.directory.raw, subject: here)
      if metadata.type == .directory { return metadata }
      visitor.missed(here, during: "stat", ArchiveFault.changedType)
    } catch {
      missed("open", error)
    }
    return nil
  }

  /// Finds a path of the user's; nil when that failed, which the visitor heard.
  private mutating func find(
    _ path: FilePath,
    followingLast: Bool
  ) -> ResolvedPlace? {
    do {
      return try resolver.resolve(path, followingLast: followingLast)
    } catch let error as SystemCallError where error.errno == .noSuchFileOrDirectory {
      visitor.missed(path, during: "find", ArchiveFault.missingTarget)
    } catch {
      visitor.missed(path, during: "find", error)
    }
    return nil
  }
}
