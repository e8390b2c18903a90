import Synchronization

/// What a file system without volume snapshots was like at one instant, as far as that can't be
/// read later: copies of the files that were being written, and the names in their directories.
///
/// They were taken while nobody could write. Everything else is read from the live file system,
/// and shows by its change time (ctime) that it is still what it was.
package final class HotSet: Sendable {
  /// `st_dev`.
  package let device: UInt64
  /// Just before anybody could write again: whatever changes afterwards has a ctime that isn't
  /// before this.
  package let instant: FileTime
  package let files: [FileKey: HotFile]
  package let directories: [FileKey: HotDirectory]
  /// Why files that were being written could not be copied.
  package let uncopied: [FileKey: String]
  /// Those of them that may be stored to afterwards without a new ctime.
  package let unprovable: Set<FileKey>
  /// The directories where pieces of the sources begin, by their paths, opened while nobody could
  /// write.
  package let starts: [FilePath: SharedDescriptor]
  private let clock: ClockReading
  private let readClock: @Sendable () -> ClockReading
  private let wasClockSet = Atomic(false)

  /// Puts together what was found.
  ///
  /// - Parameters:
  ///   - contents: What was copied and listed.
  ///   - instant: From the clock that file times are taken from.
  ///   - clock: Read when the copying began.
  ///   - readClock: Reads it again.
  package init(
    _ contents: Contents,
    instant: FileTime,
    clock: ClockReading,
    readClock: @escaping @Sendable () -> ClockReading = { .now() }
  ) {
    device = contents.device
    files = contents.files
    directories = contents.directories
    uncopied = contents.uncopied
    unprovable = contents.unprovable
    starts = contents.starts
    self.instant = instant
    self.clock = clock
    self.readClock = readClock
    _ = isClockSteady()
  }

  /// The parts of a hot set while it is being made.
  package struct Contents {
    package var device: UInt64
    package var files: [FileKey: HotFile] = [:]
    package var directories: [FileKey: HotDirectory] = [:]
    package var uncopied: [FileKey: String] = [:]
    package var unprovable: Set<FileKey> = []
    package var starts: [FilePath: SharedDescriptor] = [:]

    package init(device: UInt64) { self.device = device }
  }

  /// Whether a file with this ctime is what it was at the instant.
  ///
  /// A time without nanoseconds may have been cut off: some inodes of ext4 store no more.
  package func holds(_ changed: FileTime) -> Bool {
    changed.nanoseconds == 0 ? changed.seconds < instant.seconds : changed < instant
  }

  /// Whether nobody has set the clock since the copying began: else ctimes prove nothing.
  ///
  /// It remembers: asked often, it notices a clock that is set and set back.
  @discardableResult
  package func isClockSteady() -> Bool {
    if readClock().shows(setSince: clock) { wasClockSet.store(true, ordering: .relaxed) }
    return !wasClockSet.load(ordering: .relaxed)
  }

  /// The copy of a file, when there is one.
  package func file(_ metadata: FileMetadata) -> HotFile? { files[FileKey(metadata)] }

  /// What a directory was, when it was listed.
  package func directory(_ metadata: FileMetadata) -> HotDirectory? {
    directories[FileKey(metadata)]
  }
}

/// A file as it was at the instant.
package struct HotFile: Sendable {
  package var metadata: FileMetadata
  package var attributes: ExtendedAttributes
  /// A copy without a name; read it by position only.
  package var content: SharedDescriptor
  /// The file itself: while it is open, no other file gets its inode.
  package var original: SharedDescriptor

  package init(
    metadata: FileMetadata,
    attributes: ExtendedAttributes,
    content: SharedDescriptor,
    original: SharedDescriptor
  ) {
    self.metadata = metadata
    self.attributes = attributes
    self.content = content
    self.original = original
  }
}

/// A directory as it was at the instant.
package struct HotDirectory: Sendable {
  package var metadata: FileMetadata
  package var attributes: ExtendedAttributes
  package var listing: DirectoryListing
  /// Open for reading, wherever it is now.
  package var handle: SharedDescriptor

  package init(
    metadata: FileMetadata,
    attributes: ExtendedAttributes,
    listing: DirectoryListing,
    handle: SharedDescriptor
  ) {
    self.metadata = metadata
    self.attributes = attributes
    self.listing = listing
    self.handle = handle
  }
}
