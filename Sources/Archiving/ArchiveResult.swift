package import Machine
package import RepositoryFormat

/// What an archive holds, and what it doesn't.
package struct ArchiveResult: Sendable {
  /// The root tree.
  package var tree: BlobID
  package var counts: ArchiveCounts
  /// Files that changed each time they were read; stored as last read, grade `none`.
  package var unsettled: [ArchiveFinding]
  /// What is not of the instant that the rest describes, and nowhere lower than grade `file`.
  package var late: [ArchiveFinding]
  /// What could not be read and is missing, or is stored incompletely.
  package var problems: [ArchiveProblem]
  /// Whether directories were taken over from the parent without reading them.
  package var isQuick = false
  /// Directories that could have been taken over by what the file system said, and would have been
  /// wrong; only where all were read to compare.
  package var untold: [FilePath] = []
  /// Whose files they are; of what was taken over, nothing.
  package var owners = OwnerNumbers()
}

/// Users and groups that own files.
package struct OwnerNumbers: Hashable, Sendable {
  package var users: Set<UInt32> = []
  package var groups: Set<UInt32> = []

  package init() {}
}

/// The counters of a snapshot's summary, as restic counts.
package struct ArchiveCounts: Hashable, Sendable {
  package var filesNew: UInt64 = 0
  package var filesChanged: UInt64 = 0
  package var filesUnmodified: UInt64 = 0
  package var directoriesNew: UInt64 = 0
  package var directoriesChanged: UInt64 = 0
  package var directoriesUnmodified: UInt64 = 0
  /// Blobs that weren't in the repository.
  package var dataBlobs: UInt64 = 0
  package var treeBlobs: UInt64 = 0
  /// Plaintext bytes of those blobs.
  package var bytesAdded: UInt64 = 0
  /// What those blobs take in the repository.
  package var bytesStored: UInt64 = 0
  /// Bytes of all files, read or not.
  package var bytesProcessed: UInt64 = 0
  /// Bytes that were read from files.
  package var bytesRead: UInt64 = 0

  package var filesProcessed: UInt64 { filesNew + filesChanged + filesUnmodified }

  package init() {}
}

/// A path and something to know about it.
package struct ArchiveFinding: Hashable, Sendable {
  package var path: FilePath
  package var reason: String
}

/// A path that could not be archived as it should be.
package struct ArchiveProblem: Sendable {
  package var path: FilePath
  /// What was attempted, such as `open` or `read`.
  package var during: String
  package var cause: any Error
}

/// Why a path could not be archived when no system call failed.
package enum ArchiveFault: Error, Hashable, CustomStringConvertible {
  /// It was there when the directory was listed.
  case vanished
  /// It was replaced by something of another type between looking and opening.
  case changedType
  /// The empty stub of a nested subvolume that no volume snapshot covers.
  case uncoveredSubvolume
  /// A piece of the view whose place in the tree was not found.
  case misplacedVolume
  /// Its directory was moved while it was read.
  case moved
  /// The parent snapshot's blobs of this file are missing; it was read again.
  case parentIncomplete
  /// A target that isn't there.
  case missingTarget
  /// A stream without a byte.
  case emptyStream

  package var description: String {
    switch self {
    case .vanished: "vanished between listing and reading"
    case .changedType: "changed its type between listing and reading"
    case .uncoveredSubvolume: "is a nested subvolume that no volume snapshot covers"
    case .misplacedVolume: "is part of the view but was not found in its directory"
    case .moved: "was moved while its entries were read"
    case .parentIncomplete: "parts are missing in the repository; the file was read again"
    case .missingTarget: "does not exist"
    case .emptyStream: "no data read"
    }
  }
}

/// An archive that could not be made at all.
package struct ArchiveError: ExplainedError {
  package enum Reason: Hashable, Sendable {
    /// Nothing of what was asked for could be read.
    case empty
    /// Two targets would stand at the same place in the snapshot.
    case collision
  }

  package var reason: Reason
  package var cause: (any Error)?
  package var hint: String?

  package init(_ reason: Reason, cause: (any Error)? = nil, hint: String? = nil) {
    self.reason = reason
    self.cause = cause
    self.hint = hint
  }

  package var description: String {
    switch reason {
    case .empty: "nothing to archive: no target could be read"
    case .collision: "two targets would stand at the same place in the snapshot"
    }
  }
}
