import Machine
import Planning
import Viewing

extension Walker {
  /// Enters a directory, or says why it can't be.
  mutating func enterDirectory(
    _ found: Found,
    _ metadata: FileMetadata,
    in frame: WalkFrame<Visitor.Directory>
  ) throws {
    if isKeptEmpty(found, metadata, in: frame) {
      var entry = found.entry(metadata)
      // What a piece stands on may be open only as a place, whose attributes need a name.
      if entry.fileName == nil { entry.fileName = Self.itself }
      let directory = try visitor.enter(
        entry,
        childrenMax: 0,
        in: frame.directory
      )
      return try visitor.leave(directory)
    }
    guard let (handle, listing, raw) = open(found, metadata) else { return }
    let state = judge(found, raw, handle)
    let fresh = found.root.corrected(raw)
    let directory = try visitor.enter(
      WalkedEntry(
        slot: found.slot,
        name: found.name,
        metadata: fresh,
        deviceID: found.root.deviceID(of: fresh),
        root: found.root,
        directory: handle,
        fileName: nil,
        originalPath: found.originalPath
      ),
      childrenMax: listing.count,
      in: frame.directory
    )
    visitor.listed { path.filePath }
    frames.append(
      WalkFrame(
        directory: directory,
        root: found.root,
        listing: listing,
        handle: handle,
        identity: (raw.device, raw.inode),
        name: FileName(found.name),
        isOrdinary: !found.isRoot && found.originalPath == nil,
        rootsBelow: found.rootsBelow,
        hidden: found.root.hiddenEntry(of: raw),
        allowedDevice: found.allowedDevice,
        state: state,
        changes: changes(in: found.root, allowedDevice: found.allowedDevice),
        pathBefore: found.pathBefore
      )
    )
    closeFarAbove()
  }

  /// Whether a directory stays, but without what it holds.
  private mutating func isKeptEmpty(
    _ found: Found,
    _ metadata: FileMetadata,
    in frame: WalkFrame<Visitor.Directory>
  ) -> Bool {
    if found.isRoot, case .omitted = found.root.kind { return true }
    if !found.isRoot, metadata.inode == 2, let parent = frame.identity?.inode,
      found.root.stubDirectories.contains(parent)
    {
      visitor.missed(here, during: "find", ArchiveFault.uncoveredSubvolume)
      return true
    }
    guard request.exclusions.staysOnFileSystem, let allowed = found.allowedDevice else {
      return false
    }
    return found.root.deviceID(of: metadata) != allowed
  }

  /// Opens and lists a directory; nil when that failed, which the visitor heard.
  ///
  /// The metadata of one that shows by its times whether it was that at the instant are taken
  /// after the listing.
  mutating func open(
    _ found: Found,
    _ metadata: FileMetadata
  ) -> (SharedDescriptor, DirectoryListing, FileMetadata)? {
    if let then = found.root.hot?.directory(metadata) {
      return (then.handle, then.listing.adding(found.rootsBelow.names), then.metadata)
    }
    var attempt = "open"
    do {
      let handle = SharedDescriptor(
        try openForReading(
          in: found.directory.raw,
          found.fileName ?? Self.itself,
          isDirectory: true,
          subject: here
        )
      )
      var metadata = try fileMetadata(in: handle.raw, subject: here)
      attempt = "list"
      let listing = try DirectoryListing(reading: handle.raw, subject: here)
        .adding(found.rootsBelow.names)
      if found.root.hot != nil { metadata = try fileMetadata(in: handle.raw, subject: here) }
      return (handle, listing, metadata)
    } catch {
      if error.errno == .notDirectory || error.errno == .tooManySymbolicLinkLevels {
        visitor.missed(here, during: attempt, ArchiveFault.changedType)
      } else {
        missed(attempt, error)
      }
      return nil
    }
  }

  /// The name by which a directory finds itself.
  static var itself: UnsafePointer<CChar> {
    let name: StaticString = "."
    return UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  private static var parent: UnsafePointer<CChar> {
    let name: StaticString = ".."
    return UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  /// Closes a directory far above, so that depth does not use up descriptors.
  private mutating func closeFarAbove() {
    let index = frames.count - 1 - openMax
    guard index >= 0, frames[index + 1].isOrdinary else { return }
    frames[index].handle = nil
  }

  /// Opens a directory again that was closed on the way down.
  mutating func reopen(
    _ frame: WalkFrame<Visitor.Directory>,
    from child: WalkFrame<Visitor.Directory>
  ) {
    if let identity = frame.identity,
      let then = frame.root.hot?.directories[
        FileKey(device: identity.device, inode: identity.inode)
      ]
    {
      frame.handle = then.handle
      return
    }
    if let handle = child.handle, let found = openAgain(in: handle, Self.parent, frame) {
      frame.handle = found
      return
    }
    // The directory we come from was moved: go down again from one that is still open.
    guard let open = frames.lastIndex(where: { $0.handle != nil }) else { return }
    var handle = frames[open].handle
    for below in frames[(open + 1)...] {
      guard let above = handle else { break }
      handle = below.name.withCString { openAgain(in: above, $0, below) }
    }
    frame.handle = handle
    if handle == nil, frame.next < frame.listing.count {
      visitor.missed(here, during: "open", ArchiveFault.moved)
      frame.next = frame.listing.count
    }
  }

  private func openAgain(
    in directory: SharedDescriptor,
    _ name: UnsafePointer<CChar>,
    _ frame: WalkFrame<Visitor.Directory>
  ) -> SharedDescriptor? {
    guard
      let descriptor = try? openForReading(
        in: directory.raw,
        name,
        isDirectory: true,
        subject: here
      )
    else { return nil }
    let handle = SharedDescriptor(descriptor)
    guard let metadata = try? fileMetadata(in: handle.raw, subject: here),
      let identity = frame.identity,
      identity == (metadata.device, metadata.inode)
    else { return nil }
    return handle
  }
}
