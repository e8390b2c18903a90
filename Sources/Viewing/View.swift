package import Machine

/// One piece of a view: a directory that stands at an original path.
package final class ViewRoot: Sendable {
  /// How what lies below is seen.
  package enum Kind: Hashable, Sendable {
    /// Read from a volume snapshot; `deviceID` is stored instead of `st_dev`.
    case frozen(deviceID: UInt64)
    /// Read as it is now, while it changes.
    case live
    /// Present as an empty directory; nothing below is read, for the reason given.
    case omitted(reason: String)
  }

  /// The original path, absolute and normalised.
  package let path: FilePath
  /// Open for reading directories; `openat` below it.
  package let directory: SharedDescriptor
  package let kind: Kind
  /// Whether a directory with inode 2 below it is the empty stub of a nested subvolume.
  package let hasSubvolumeStubs: Bool
  /// Directories whose times we changed ourselves, by inode: what they were before.
  package let corrections: [UInt64: TimeCorrection]

  package init(
    path: FilePath,
    directory: SharedDescriptor,
    kind: Kind,
    hasSubvolumeStubs: Bool = false,
    corrections: [UInt64: TimeCorrection] = [:]
  ) {
    self.path = path
    self.directory = directory
    self.kind = kind
    self.hasSubvolumeStubs = hasSubvolumeStubs
    self.corrections = corrections
  }
}

/// The times a directory had before we made and removed an entry of our own in it.
package struct TimeCorrection: Hashable, Sendable {
  /// Applies only while the directory's ctime is still this one.
  package var ifChanged: FileTime
  package var modified: FileTime
  package var changed: FileTime

  package init(ifChanged: FileTime, modified: FileTime, changed: FileTime) {
    self.ifChanged = ifChanged
    self.modified = modified
    self.changed = changed
  }
}

/// The still tree with its original paths: which directory descriptor serves which path.
///
/// Roots are disjoint pieces: what lies below a root's path is seen through the root with the
/// longest matching path. The root at `/` is always there and live.
package struct View: Sendable {
  /// By path, the shortest first.
  package let roots: [ViewRoot]

  package init(roots: [ViewRoot]) {
    self.roots = roots.sorted { $0.path.components.count < $1.path.components.count }
    precondition(self.roots.first?.path == "/", "a view covers every path")
  }

  /// The root that stands exactly at `path`.
  package func root(at path: FilePath) -> ViewRoot? { roots.last { $0.path == path } }

  /// The root through which `path`, absolute and normalised, is seen.
  package func root(for path: FilePath) -> ViewRoot {
    roots.last { path.starts(with: $0.path) } ?? roots[0]
  }

  /// Whether another root stands somewhere below `path`.
  package func hasRoots(below path: FilePath) -> Bool {
    roots.contains { $0.path != path && $0.path.starts(with: path) }
  }
}
