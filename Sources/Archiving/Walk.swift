import Machine
import Planning
import Viewing

/// Something that a walk found.
struct WalkedEntry {
  /// Its place among its directory's names.
  let slot: Int
  /// The name inside the snapshot; a zero follows.
  let name: UnsafeRawBufferPointer
  let metadata: FileMetadata
  /// What is stored instead of `st_dev`.
  let deviceID: UInt64
  /// The piece of the view it is seen through.
  let root: ViewRoot
  /// Where calls find it.
  let directory: SharedDescriptor
  /// Below `directory`, ending with zero; nil for `directory` itself, open for reading.
  var fileName: UnsafePointer<CChar>?
  /// Where it was read, when that is not its directory's path and its name.
  let originalPath: FilePath?
  /// Whether it, or what it lies in, is named as not of the instant.
  var isNamed = false

  var place: FilePlace { FilePlace(directory: directory.raw, name: fileName) }
}

/// What is done with what a walk finds; called on the walk's thread, in order: a directory, what
/// it holds by the bytes of the names, then the end of the directory.
protocol WalkVisitor {
  associatedtype Directory

  /// Enters a directory with at most `childrenMax` entries; without an entry, the snapshot's root.
  mutating func enter(
    _ entry: WalkedEntry?,
    childrenMax: Int,
    in parent: Directory?
  ) throws -> Directory
  mutating func leave(_ directory: Directory) throws
  mutating func visitFile(_ entry: WalkedEntry, in directory: Directory) throws
  /// Visits a symbolic link, a device or a fifo.
  mutating func visitOther(_ entry: WalkedEntry, in directory: Directory) throws
  /// Hears of something that could not be looked at; the walk goes on without it.
  mutating func missed(_ path: FilePath, during: String, _ cause: any Error)
  /// Hears of something that is not of the instant that the backup describes.
  mutating func isLate(_ path: FilePath, _ lateness: Lateness)
  /// Hears of something that wasn't written since the parent.
  ///
  /// - Returns: Whether it was taken over from there, so that nothing more is done with it.
  mutating func takeOver(_ entry: UnwrittenEntry, in directory: Directory) throws -> Bool
  /// A directory was listed.
  mutating func listed(_ path: () -> FilePath)
}

/// A directory that a walk is inside.
final class WalkFrame<Directory> {
  let directory: Directory
  let root: ViewRoot
  let listing: DirectoryListing
  /// The slot that comes next.
  var next = 0
  /// Open for reading while it is needed; nil where only targets below are walked.
  var handle: SharedDescriptor?
  /// Device and inode as the kernel says, to find the directory again.
  let identity: (device: UInt64, inode: UInt64)?
  /// The name it was opened by.
  let name: FileName
  /// Whether it was opened by its name in the directory of the frame below.
  let isOrdinary: Bool
  /// Names that are targets or lead to some.
  let targets: [FileName: TargetTree]
  /// Whether other names are walked too.
  let isCovered: Bool
  let rootsBelow: RootsBelow
  /// An entry of ours, not to be seen.
  let hidden: FileName?
  /// The device that `--one-file-system` stays on.
  let allowedDevice: UInt64?
  /// How much of it is what it was at the instant.
  let state: DirectoryInstant
  /// The markers that leave out what stands here; nil until someone asks.
  var markers: [ExclusionMarker]?
  /// What may differ from the parent in the piece that it is in; nil when that isn't known.
  let changes: BtrfsChanges?
  /// The path to go back to, when it is not one name shorter.
  let pathBefore: ComponentPath?

  init(
    directory: Directory,
    root: ViewRoot,
    listing: DirectoryListing,
    handle: SharedDescriptor?,
    identity: (device: UInt64, inode: UInt64)? = nil,
    name: FileName,
    isOrdinary: Bool = false,
    targets: [FileName: TargetTree] = [:],
    isCovered: Bool = true,
    rootsBelow: RootsBelow = .none,
    hidden: FileName? = nil,
    allowedDevice: UInt64? = nil,
    state: DirectoryInstant = DirectoryInstant(),
    changes: BtrfsChanges? = nil,
    pathBefore: ComponentPath? = nil
  ) {
    self.directory = directory
    self.root = root
    self.listing = listing
    self.handle = handle
    self.identity = identity
    self.name = name
    self.isOrdinary = isOrdinary
    self.targets = targets
    self.isCovered = isCovered
    self.rootsBelow = rootsBelow
    self.hidden = hidden
    self.allowedDevice = allowedDevice
    self.state = state
    self.changes = changes
    self.pathBefore = pathBefore
  }
}
