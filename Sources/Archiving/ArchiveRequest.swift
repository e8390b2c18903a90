package import Machine
package import Planning
package import RepositoryFormat
package import Viewing

/// One path to archive.
package struct ArchiveTarget: Hashable, Sendable {
  /// Absolute and normalised.
  package var path: FilePath
  /// Where a relative target stands below the snapshot's root; nil for an absolute one.
  ///
  /// They are the last names of `path`; none for what stands for the directory itself, such as
  /// `.`, whose entries then stand in the root.
  package var placement: [FileName]?

  package init(path: FilePath, placement: [FileName]? = nil) {
    self.path = path
    self.placement = placement
  }
}

/// How files are compared and read.
package struct ArchiveOptions: Hashable, Sendable {
  /// `--ignore-inode`: also ignores ctime, as restic does.
  package var ignoresInode = false
  /// `--ignore-ctime`.
  package var ignoresChangeTime = false
  /// `--with-atime`; otherwise the access time stored is the modification time.
  package var storesAccessTime = false
  /// `--read-concurrency`: how many files are read at once.
  package var readers = 2
  /// How many threads hash, compress and seal; nil takes one for each core.
  package var savers: Int?
  /// How often a file that changed while it was read is read again.
  package var rereadsMax = 3
  /// Whether every item is an ``ArchiveEvent``; it costs time.
  package var reportsItems = false
  /// Whether files and bytes are counted ahead, for a progress that knows the end.
  package var countsAhead = false
  /// How many backups in a row may take over what the file system says is unchanged; the next one
  /// reads every directory and compares.
  package var quickWalksMax = 9

  package init() {}
}

/// Places where tests make something happen.
package struct ArchiveHooks: Sendable {
  /// After a directory was listed and before anything in it is looked at.
  package var listed: (@Sendable (FilePath) -> Void)?
  /// Before a file is opened.
  package var opening: (@Sendable (FilePath) -> Void)?
  /// After a file's content was read, before it is looked at again.
  package var wasRead: (@Sendable (FilePath) -> Void)?

  package init() {}
}

/// What to archive and how.
package struct ArchiveRequest: Sendable {
  package var targets: [ArchiveTarget]
  package var view: View
  package var exclusions = Exclusions()
  /// The root tree to compare with; nil reads every file.
  package var parentTree: BlobID?
  /// The parent's instant: files not older than this are read again.
  package var parentInstant: NodeTime?
  /// Whether what didn't change has the same node as in the parent: that was stored by the same
  /// program with the same options and owners' names, and nothing failed.
  package var parentNodesHold = false
  /// What may be taken over from the parent; nil reads every directory.
  package var shortcut: Shortcut?
  package var options = ArchiveOptions()
  package var hooks = ArchiveHooks()
  package var interruption: Interruption

  package init(targets: [ArchiveTarget], view: View, interruption: Interruption) {
    self.targets = targets
    self.view = view
    self.interruption = interruption
  }
}
