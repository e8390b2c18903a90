import Machine
import Planning

/// One file system on which hot files are copied.
struct HotCopyMember {
  /// Listing more would take too long: about 20,000 names.
  private static let folderSizeMax: UInt64 = 1 << 20
  /// Files that changed so lately, in seconds, may be about to change again, or to be removed.
  private static let recentSeconds: Int64 = 5

  /// How many files may be open, or be copied: of each its content stays open until it is read.
  private let countMax: Int
  let mark: SnapshotMark
  /// A directory on it.
  let top: SharedDescriptor
  let device: UInt64
  /// Whether an overlay that writes here may be mapped: then all of it is written out.
  var mayHaveOverlays = false
  private(set) var hot: HotSet?
  private var contents: HotSet.Contents
  /// Files that are open here, so that they needn't be opened in the pause.
  private var opened: [FileKey: SharedDescriptor] = [:]
  /// Copies of large files of before the pause, to be written over in it: their memory is there.
  private var prepared: [FileKey: SharedDescriptor] = [:]
  /// What writers have open.
  private var candidates: [FileKey: Candidate] = [:]

  /// A file that is being written.
  private struct Candidate {
    var original: SharedDescriptor
    var isMapped: Bool
    /// What its process calls it.
    var path: FilePath?
  }

  /// Opens the volume.
  ///
  /// - Throws: ``SystemCallError``.
  init(_ mark: SnapshotMark, countMax: Int) throws(SystemCallError) {
    self.mark = mark
    self.countMax = countMax
    let path = mark.volume.directory
    top = SharedDescriptor(try openDirectory(exactly: path))
    device = try fileMetadata(in: top.raw, subject: path).device
    contents = HotSet.Contents(device: device)
  }

  private var path: FilePath { mark.volume.directory }
  private var clones: Bool { mark.volume.mechanism == .clone }

  /// Takes note of a file that a process can write to.
  mutating func note(_ file: WrittenFile, _ table: ProcessTable) {
    if candidates[file.key] != nil {
      if file.isMapped { candidates[file.key]?.isMapped = true }
      return
    }
    guard let original = opened[file.key] ?? open(file, table) else {
      contents.uncopied[file.key] =
        opened.count < countMax ? "could not be opened" : Self.tooMany
      if file.isMapped { contents.unprovable.insert(file.key) }
      return
    }
    opened[file.key] = original
    candidates[file.key] = Candidate(
      original: original,
      isMapped: file.isMapped,
      path: table.pathShown(by: file.link)
    )
  }

  private static let tooMany = "too many files are being written"

  private func open(_ file: WrittenFile, _ table: ProcessTable) -> SharedDescriptor? {
    guard opened.count < countMax, let descriptor = table.openBehind(file.link),
      let metadata = try? fileMetadata(in: descriptor.raw, subject: path),
      metadata.type == .regular, FileKey(metadata) == file.key
    else { return nil }
    return SharedDescriptor(descriptor)
  }

  /// Writes out what would be written out in the pause.
  func writeOut() {
    // What fails now fails once more in the pause.
    for candidate in candidates.values where clones || candidate.isMapped {
      try? Machine.writeOut(candidate.original.raw, subject: path)
    }
  }

  /// Copies large files ahead, so that in the pause no memory has to be found for them.
  mutating func copyAhead(_ copier: HotFileCopier) {
    if clones { return }
    for (key, candidate) in candidates where prepared[key] == nil {
      let metadata = try? fileMetadata(in: candidate.original.raw, subject: path)
      // Writing over a copy would leave what is in the place of a hole.
      guard let metadata, copier.isLarge(metadata.size), metadata.blocks * 512 >= metadata.size
      else { continue }
      let original = candidate.original.raw
      // What can't be copied now is tried in the pause.
      prepared[key] = try? copier.duplicate(original, size: metadata.size, cloningIn: nil)
    }
  }

  /// Begins in the pause: what was found before may be closed by now.
  mutating func begin() {
    contents = HotSet.Contents(device: device)
    candidates = [:]
    for path in mark.volume.startingPoints {
      // Whoever reads it will say why it can't be opened.
      if let start = try? openDirectory(exactly: path) {
        contents.starts[path] = SharedDescriptor(start)
      }
    }
  }

  /// Copies what is being written, and what was written beside it lately.
  mutating func copyFiles(_ copier: HotFileCopier, writtenBefore held: FileTime) {
    makeChangesShow(copier)
    let files = candidates.values.compactMap { candidate -> (Candidate, FileMetadata)? in
      let metadata = try? fileMetadata(in: candidate.original.raw, subject: path)
      // One that has no name any more is in no backup.
      return metadata.flatMap { $0.links > 0 ? (candidate, $0) : nil }
    }
    for (candidate, metadata) in files {
      if let path = candidate.path { listFolder(of: path, FileKey(metadata), copier) }
    }
    // What may take long comes last; of many small ones more can be copied than of a few large.
    let large = files.filter { copier.isLarge($0.1.size) }.sorted { $0.1.size < $1.1.size }
    for (candidate, metadata) in files where !copier.isLarge(metadata.size) {
      copy(candidate.original, metadata, copier)
    }
    if !clones { copier.reserve(large.map(\.1.size)) }
    copyRecent(since: held.seconds - Self.recentSeconds, copier)
    copier.reserve([])
    for (candidate, metadata) in large { copy(candidate.original, metadata, copier) }
  }

  private mutating func copyRecent(since seconds: Int64, _ copier: HotFileCopier) {
    let recent = FileTime(seconds: seconds, nanoseconds: 0)
    // One directory that has many doesn't keep the others from having their turn.
    let ordered = contents.directories.values.sorted { $0.listing.count < $1.listing.count }
    for directory in ordered {
      copyFiles(in: directory, changedSince: recent, copier)
    }
  }

  /// Writes out what is mapped: a store to it in the future changes its times then.
  private mutating func makeChangesShow(_ copier: HotFileCopier) {
    if mayHaveOverlays { try? flushFileSystem(of: top.raw, subject: path) }
    for (key, candidate) in candidates where candidate.isMapped {
      let isDone =
        !copier.isOver && (try? Machine.writeOut(candidate.original.raw, subject: path)) != nil
      if !isDone { contents.unprovable.insert(key) }
    }
  }

  private mutating func copy(
    _ original: SharedDescriptor,
    _ metadata: FileMetadata,
    _ copier: HotFileCopier
  ) {
    let key = FileKey(metadata)
    do throws(HotCopyFailure) {
      if contents.files.count == countMax { throw HotCopyFailure(Self.tooMany) }
      let hasHoles = metadata.blocks * 512 < metadata.size
      let content = try copier.duplicate(
        original.raw,
        size: metadata.size,
        cloningIn: clones ? top.raw : nil,
        over: hasHoles ? nil : prepared[key]
      )
      guard let attributes = try? ExtendedAttributes(in: original.raw, nil, subject: path) else {
        throw HotCopyFailure("its attributes could not be read")
      }
      contents.files[key] = HotFile(
        metadata: metadata,
        attributes: attributes,
        content: content,
        original: original
      )
    } catch {
      contents.uncopied[key] = error.reason
    }
  }

  /// Lists the directory of a file, if it has the name there that its process knows.
  private mutating func listFolder(of path: FilePath, _ key: FileKey, _ copier: HotFileCopier) {
    let starts = contents.starts.filter { path.starts(with: $0.key) }
    let longest = starts.max { $0.key.components.count < $1.key.components.count }
    guard !copier.isOver, let (start, handle) = longest, let name = path.lastComponent
    else { return }
    let names = path.removingLastComponent().components.dropFirst(start.components.count)
    do {
      let folder = try openDirectory(
        beneath: handle.raw,
        FilePath(root: nil, names),
        subject: path
      )
      let metadata = try fileMetadata(in: folder.raw, subject: path)
      guard contents.directories[FileKey(metadata)] == nil, metadata.size <= Self.folderSizeMax,
        FileKey(try fileMetadata(in: folder.raw, FileName(name.bytes), subject: path)) == key
      else { return }
      contents.directories[FileKey(metadata)] = HotDirectory(
        metadata: metadata,
        attributes: try ExtendedAttributes(in: folder.raw, nil, subject: path),
        listing: try DirectoryListing(reading: folder.raw, subject: path),
        handle: SharedDescriptor(folder)
      )
    } catch {
      // Without a listing its own times tell whether it changed.
    }
  }

  private mutating func copyFiles(
    in directory: HotDirectory,
    changedSince recent: FileTime,
    _ copier: HotFileCopier
  ) {
    let listing = directory.listing
    for index in 0..<listing.count where !listing.isKnownDirectory(at: index) {
      if copier.isOverForRecent { return }
      let key = FileKey(device: device, inode: listing.inode(at: index))
      // What has a writer has its own turn.
      if candidates[key] != nil || contents.files[key] != nil { continue }
      let name = listing.name(at: index)
      guard let found = try? fileMetadata(in: directory.handle.raw, name, subject: path),
        found.type == .regular, found.changed >= recent,
        let original = opened[key] ?? open(name, in: directory.handle.raw),
        let metadata = try? fileMetadata(in: original.raw, subject: path), FileKey(metadata) == key
      else { continue }
      copy(original, metadata, copier)
    }
  }

  private func open(_ name: FileName, in directory: CInt) -> SharedDescriptor? {
    let file = try? name.withCString { name throws(SystemCallError) in
      SharedDescriptor(try openForReading(in: directory, name, subject: path))
    }
    return file
  }

  /// Drops what changed while it was copied, such as by a program that could not be held.
  mutating func checkUnchanged() {
    for (key, file) in contents.files {
      let now = try? fileMetadata(in: file.original.raw, subject: path)
      if now?.isUnchanged(since: file.metadata) ?? false { continue }
      contents.files[key] = nil
      contents.uncopied[key] = "changed while it was copied"
    }
    for (key, directory) in contents.directories {
      let now = try? fileMetadata(in: directory.handle.raw, subject: path)
      if !(now?.isUnchanged(since: directory.metadata) ?? false) {
        contents.directories[key] = nil
      }
    }
  }

  /// Puts together what was found.
  mutating func finish(_ instant: FileTime, _ clock: ClockReading) {
    hot = HotSet(contents, instant: instant, clock: clock)
    opened = [:]
    prepared = [:]
    candidates = [:]
  }
}

extension FileMetadata {
  fileprivate func isUnchanged(since other: FileMetadata) -> Bool {
    changed == other.changed && modified == other.modified && size == other.size
      && inode == other.inode
  }
}
