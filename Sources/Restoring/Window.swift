import Machine
import RepositoryFormat

/// A part of the snapshot that is restored at once, so that the memory for planning does not
/// grow with the number of files.
///
/// Its steps are taken in the order of its lists.
struct Window: Sendable {
  /// How much a window holds; a single file may have more.
  static let itemsMax = 16_384
  static let blobsMax = 65_536

  /// Files that exist and whose content is to be compared.
  var existing: [PlannedFile] = []
  /// Files to write from nothing.
  var fresh: [PlannedFile] = []
  /// Symbolic links, fifos and device nodes.
  var specials: [PlannedNode] = []
  /// Names of files that an earlier entry of this or an earlier window restores.
  var links: [PlannedLink] = []
  /// Directories of which everything is in this or an earlier window, children first.
  var finished: [FinishedDirectory] = []

  var blobCount = 0

  var isFull: Bool {
    existing.count + fresh.count + specials.count + links.count + finished.count
      >= Self.itemsMax || blobCount >= Self.blobsMax
  }
}

/// Something other than a file or a directory, to be made.
struct PlannedNode: Sendable {
  let directory: DirectoryIndex
  let name: FileName
  let node: Node
}

/// A further name of a file.
struct PlannedLink: Sendable {
  let directory: DirectoryIndex
  let name: FileName
  let source: LinkSource
}

/// The name by which a file with several names was restored; its directory is retained as long
/// as other names may come.
struct LinkSource: Hashable, Sendable {
  let directory: DirectoryIndex
  let name: FileName
}

/// A directory whose entries are restored.
struct FinishedDirectory: Sendable {
  let directory: DirectoryIndex
  /// Nil for the target itself, whose metadata stays.
  let node: Node?
  /// Every name in the snapshot's directory, sorted; nil when nothing may be removed.
  let expected: [FileName]?
  /// Whether it is there at all; false in a dry run that would make it.
  let exists: Bool
  /// Whether everything in it was made by us, so that there is nothing else to remove.
  let isNew: Bool
}
