import Machine
import Viewing

/// How much of a directory on a live file system is what it was at the instant.
struct DirectoryInstant {
  /// Whether it stood where it stands.
  var isPlaced = true
  /// Whether it had the names that were listed.
  var isListed = true
}

extension Walker {
  /// What was found under a name at the instant; nil when it has to be looked for.
  func metadataThen(of found: Found) -> FileMetadata? {
    guard let hot = found.root.hot, let inode = found.inodeThen else { return nil }
    let key = FileKey(device: hot.device, inode: inode)
    return hot.files[key]?.metadata ?? hot.directories[key]?.metadata
  }

  /// Names anything but a directory that isn't what it was at the instant; whether it, or what it
  /// lies in, is named now.
  ///
  /// Of a file that is going to be read, what happens until then is left to the reader.
  mutating func nameIfLate(_ found: Found, _ metadata: FileMetadata) -> Bool {
    guard let hot = found.root.hot else { return false }
    guard found.isPlaced else { return true }
    let lateness: Lateness? =
      if hot.file(metadata) != nil {
        found.inodeThen == nil ? .unnamed : nil
      } else if let inode = found.inodeThen, inode != metadata.inode {
        .replaced
      } else if metadata.type != .regular, !hot.holds(metadata.changed) {
        .changed(besides: nil)
      } else {
        nil
      }
    guard let lateness else { return false }
    visitor.isLate(here, lateness)
    return true
  }

  /// Compares a directory with what is known of it, and names it where it isn't that.
  ///
  /// Its change time tells of renaming it as well as of new names in it. What it doesn't tell of
  /// is that something above was renamed, so it counts only in a directory that is in its place.
  ///
  /// - Parameters:
  ///   - found: Where it was found.
  ///   - metadata: Taken after it was listed; or in the pause, when it was listed then.
  ///   - handle: Open on it.
  /// - Returns: How far it can be believed.
  mutating func judge(
    _ found: Found,
    _ metadata: FileMetadata,
    _ handle: SharedDescriptor
  ) -> DirectoryInstant {
    guard let hot = found.root.hot else { return DirectoryInstant() }
    hot.isClockSteady()
    let wasListed = hot.directory(metadata) != nil
    var isCalm = hot.holds(metadata.changed)
    if wasListed, found.inodeThen == nil, !found.isRoot {
      let now = try? fileMetadata(in: handle.raw, subject: here)
      isCalm = now.map { hot.holds($0.changed) } ?? false
    }
    let isSame = found.isRoot ? true : found.inodeThen.map { $0 == metadata.inode }
    let state = DirectoryInstant(
      isPlaced: found.isPlaced && (isSame ?? isCalm),
      isListed: wasListed || isCalm
    )
    if found.isPlaced {
      if !state.isPlaced {
        visitor.isLate(here, isSame == false ? .replaced : .moved)
      } else if !state.isListed {
        visitor.isLate(here, .relisted)
      }
    }
    return state
  }

  /// Which file had a name in `directory` at the instant, as far as that is known.
  func inodeThen(
    of name: FileName?,
    in directory: SharedDescriptor,
    _ root: ViewRoot
  ) -> UInt64? {
    guard let hot = root.hot, let name,
      let metadata = try? fileMetadata(in: directory.raw, subject: here)
    else { return nil }
    if let known = hot.directory(metadata) {
      return name.terminated.withUnsafeBytes { bytes in
        let index = known.listing.index(of: UnsafeRawBufferPointer(rebasing: bytes.dropLast()))
        return index.map { known.listing.inode(at: $0) }
      }
    }
    guard hot.holds(metadata.changed) else { return nil }
    return try? fileMetadata(in: directory.raw, name, subject: here).inode
  }
}

extension WalkFrame {
  /// Which file had the name at `slot` at the instant; nil when that isn't known.
  func inodeThen(at slot: Int) -> UInt64? {
    guard root.hot != nil, state.isPlaced, state.isListed else { return nil }
    let inode = listing.inode(at: slot)
    return inode == 0 ? nil : inode
  }
}
