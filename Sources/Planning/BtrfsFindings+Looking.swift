package import Machine

/// The directory that holds our volume snapshots on a btrfs.
package let snapshotFolderName = FileName(".stillpoint")

extension BtrfsFindings {
  /// Looks at the btrfs from `directory`, without symbolic links, downwards.
  ///
  /// Works without root; what may not be seen is left out, and a reader finds its empty stub.
  init(lookingAt directory: FilePath) {
    do {
      self.init(places: try Self.places(from: directory))
    } catch {
      self.init(places: [], problem: "\(error)")
    }
  }

  private static func places(from path: FilePath) throws(SystemCallError) -> [BtrfsPlace] {
    // A file can be a mount point too; opening a fifo would wait for its writer.
    let type = try fileMetadata(of: path).type
    guard type == .directory || type == .regular else {
      throw SystemCallError(call: "open", subject: path, errno: .notDirectory)
    }
    let isDirectory = type == .directory
    let directory = isDirectory ? try openDirectory(exactly: path) : try Descriptor.open(path)
    let metadata = try fileMetadata(in: directory.raw, subject: path)
    let fileSystem = try Btrfs.fileSystem(of: directory.raw, subject: path)
    let subvolume = try Btrfs.subvolume(of: directory.raw, subject: path)
    let links = try Btrfs.links(of: directory.raw, subject: path)
    let top = topAbove(path, metadata)
    let insideFromTop = top.map {
      FilePath(root: nil, path.components.dropFirst($0.components.count))
    }
    let inside =
      insideFromTop
      ?? (try? Btrfs.path(
        of: metadata.inode,
        inSubvolume: subvolume.id,
        by: directory.raw,
        subject: path
      ))
    let place = BtrfsPlace(
      path: path,
      fileSystem: fileSystem,
      subvolume: subvolume,
      device: metadata.device,
      inside: inside,
      top: top,
      isOwn: top.flatMap { try? fileMetadata(of: $0).userID } == effectiveUserID,
      nestingDirectories: nestingDirectories(links, top: top) {
        try? Btrfs.path(of: $0, inSubvolume: subvolume.id, by: directory.raw, subject: path)
      }
    )
    var places = [place]
    if isDirectory {
      appendNested(of: place, opened: directory, isTop: top == path, links, to: &places)
    }
    return places
  }

  /// Adds the subvolumes below an open directory and, in turn, below those.
  private static func appendNested(
    of parent: BtrfsPlace,
    opened directory: borrowing Descriptor,
    isTop: Bool,
    _ links: [BtrfsLink],
    to places: inout [BtrfsPlace]
  ) {
    for link in links {
      // A link that isn't below this directory, or where we may not look, has no path from here;
      // one that has been mounted over can't be opened.
      guard
        let relative = try? Btrfs.path(from: directory.raw, to: link, subject: parent.path),
        let first = relative.components.first,
        !(isTop && FileName(first.bytes) == snapshotFolderName)
      else { continue }
      let path = parent.path.appending(relative.components)
      guard let nested = try? openDirectory(beneath: directory.raw, relative, subject: path),
        let metadata = try? fileMetadata(in: nested.raw, subject: path),
        let subvolume = try? Btrfs.subvolume(of: nested.raw, subject: path),
        subvolume.id == link.id,
        let below = try? Btrfs.links(of: nested.raw, subject: path)
      else { continue }
      let place = BtrfsPlace(
        path: path,
        fileSystem: parent.fileSystem,
        subvolume: subvolume,
        device: metadata.device,
        inside: "",
        top: path,
        isOwn: metadata.userID == effectiveUserID,
        nestingDirectories: nestingDirectories(below, top: path) { _ in nil }
      )
      places.append(place)
      appendNested(of: place, opened: nested, isTop: true, below, to: &places)
    }
  }

  /// Where other subvolumes hang, our own volume snapshots not among them.
  private static func nestingDirectories(
    _ links: [BtrfsLink],
    top: FilePath?,
    pathInside: (UInt64) -> FilePath?
  ) -> Set<UInt64> {
    let folder = FilePath(snapshotFolderName.text)
    let ours = top.flatMap { try? fileMetadata(of: $0.pushing(folder)).inode }
    return Set(links.map(\.directory)).filter { directory in
      top == nil ? pathInside(directory) != folder : directory != ours
    }
  }

  /// Where the top of the subvolume that `path` is in is mounted, nil when only a part of the
  /// subvolume is mounted here.
  private static func topAbove(_ path: FilePath, _ metadata: FileMetadata) -> FilePath? {
    var path = path
    var metadata = metadata
    while metadata.inode != BtrfsSubvolume.topInode {
      guard path.removeLastComponent(),
        let above = try? fileMetadata(of: path),
        above.device == metadata.device,
        above.mountID == metadata.mountID
      else { return nil }
      metadata = above
    }
    return path
  }
}
