import Machine
import Planning

/// The directory `.stillpoint` in the top of a subvolume, where our volume snapshots are.
///
/// It is there only while it is used: whoever uses it holds a shared lock on it, and only who
/// gets the exclusive one removes it.
final class SnapshotFolder {
  /// The top that it is in; writable.
  let holder: SharedDescriptor
  /// Which subvolume's top it is.
  let key: VolumeKey
  /// As it is mounted, for errors.
  let path: FilePath
  /// The open directory, with the lock.
  let directory: SharedDescriptor
  private let times: DirectoryTimes
  private(set) var traces = OwnTraces()
  /// Which directory the top is, for the traces of its copies.
  let holderKey: DirectoryKey
  private var hasRemoved = false
  private var isClosed = false

  /// Makes the directory, or joins those who use it already.
  ///
  /// - Parameters:
  ///   - holder: The top of a subvolume, on a writable mount.
  ///   - fileSystem: Its file system.
  ///   - subvolume: The subvolume's id.
  ///   - path: As it is mounted, for errors.
  ///   - state: The folder where the top's original times are noted.
  /// - Throws: ``SystemCallError``.
  init(
    in holder: SharedDescriptor,
    of fileSystem: VolumeID,
    _ subvolume: UInt64,
    path: FilePath,
    state: FilePath
  ) throws {
    self.holder = holder
    key = .btrfs(fileSystem, subvolume)
    self.path = path
    let folderPath = path.appending(snapshotFolderName.text)
    times = DirectoryTimes(folder: state, volume: fileSystem, subvolume: subvolume)
    var opened: SharedDescriptor?
    let correction = try times.keeping(of: holder.raw, path) {
      let (directory, isNew) = try Self.open(in: holder.raw, folderPath)
      opened = directory
      return isNew
    }
    guard let opened else { preconditionFailure("keeping calls its body once") }
    directory = opened
    holderKey = DirectoryKey(try fileMetadata(in: holder.raw, subject: path))
    traces.correct(holderKey, with: correction)
    traces.hide(snapshotFolderName, in: holderKey)
  }

  /// Whether the top has such a directory.
  ///
  /// - Throws: ``SystemCallError``.
  static func exists(in holder: CInt, _ path: FilePath) throws(SystemCallError) -> Bool {
    do {
      _ = try fileMetadata(in: holder, snapshotFolderName, subject: path)
      return true
    } catch {
      if error.errno == .noSuchFileOrDirectory { return false }
      throw error
    }
  }

  private static func open(
    in holder: CInt,
    _ path: FilePath
  ) throws(SystemCallError) -> (SharedDescriptor, isNew: Bool) {
    while true {
      var isNew = true
      do {
        try makeDirectory(in: holder, snapshotFolderName, subject: path)
      } catch {
        guard error.errno == .fileExists else { throw error }
        isNew = false
      }
      do {
        let directory = SharedDescriptor(
          try openDirectory(in: holder, snapshotFolderName, subject: path)
        )
        try lock(directory.raw, exclusively: false, waiting: true, subject: path)
        // Between the opening and the lock, somebody may have removed it.
        let opened = try fileMetadata(in: directory.raw, subject: path)
        let named = try fileMetadata(in: holder, snapshotFolderName, subject: path)
        if opened.inode == named.inode { return (directory, isNew) }
      } catch {
        guard error.errno == .noSuchFileOrDirectory else { throw error }
      }
    }
  }

  /// Leaves the directory, and removes it when nobody uses it and nothing is in it.
  ///
  /// Twice is not an error.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    // A power loss would bring back what was removed, after its record in the journal is gone.
    if hasRemoved { try? Btrfs.commit(directory.raw, subject: path) }
    // Best effort: an empty directory of ours is hidden from backups and used by the next run.
    _ = try? times.keeping(of: holder.raw, path) {
      do {
        try lock(directory.raw, exclusively: true, waiting: false, subject: path)
        try removeDirectory(in: holder.raw, snapshotFolderName, subject: path)
        return true
      } catch {
        return false
      }
    }
  }

  deinit { close() }

  /// Opens the volume snapshot `name`; nil when there is none.
  ///
  /// - Throws: ``SystemCallError``.
  func open(_ name: FileName) throws(SystemCallError) -> Descriptor? {
    do {
      return try openDirectory(in: directory.raw, name, subject: path(of: name))
    } catch {
      guard error.errno == .noSuchFileOrDirectory else { throw error }
      return nil
    }
  }

  /// Removes the volume snapshot of `mark` if it is there and is what the mark says.
  ///
  /// - Throws: ``SystemCallError``.
  func remove(_ mark: SnapshotMark) throws(SystemCallError) -> ReleaseOutcome {
    let subject = path(of: mark.name)
    guard let top = try open(mark.name) else { return .absent }
    let found = try Btrfs.subvolume(of: top.raw, subject: subject)
    guard isMade(found, from: mark) else { return .foreign }
    hasRemoved = true
    do {
      // By its id: another subvolume may have got the name meanwhile.
      try Btrfs.remove(id: found.id, by: directory.raw, subject: subject)
    } catch {
      switch error.errno {
      case .noSuchFileOrDirectory: return .absent
      case .notPermitted, .permissionDenied, .readOnlyFileSystem:
        // Other users may remove only what is writable, and older kernels only by name.
        try Btrfs.makeWritable(top.raw, subject: subject)
        try Btrfs.remove(named: mark.name, in: directory.raw, subject: subject)
      default: throw error
      }
    }
    return .removed
  }

  private func isMade(_ found: BtrfsSubvolume, from mark: SnapshotMark) -> Bool {
    if let identity = mark.identity { return "\(found.uuid)" == identity }
    // Made just before we could write down its uuid: the name holds the run's 128 random bits.
    return found.parentUUID == mark.volume.btrfs.uuid && found.id != mark.volume.btrfs.number
  }

  func path(of name: FileName) -> FilePath {
    path.appending(snapshotFolderName.text).appending(name.text)
  }
}
