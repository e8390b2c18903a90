package import Machine
package import Snapshotting

/// One piece of a view: a directory, or a single file, that stands at an original path.
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

  /// The original path, absolute, normalised and without symbolic links.
  package let path: FilePath
  /// `openat` below it; opened again as `.` it can be listed.
  package let directory: SharedDescriptor
  /// What stands at `path` is the file of this name in `directory`; nil when it is `directory`
  /// itself.
  ///
  /// A file can be a mount point too, as `/etc/resolv.conf` is in many containers.
  package let entry: FileName?
  package let kind: Kind
  /// The top of the private mount that a frozen root is on, which can be attached while this is
  /// open; nil when there is none.
  package let mount: SharedDescriptor?
  /// The inodes of the directories below in which nested subvolumes stood when it was frozen: a
  /// directory with inode 2 there is the empty stub of one, elsewhere it always was empty.
  package let stubDirectories: Set<UInt64>
  /// Of a live root: what it was at the instant, as far as that can't be read from it any more;
  /// nil when it is not of an instant.
  package let hot: HotSet?
  private let traces: OwnTraces

  package init(
    path: FilePath,
    directory: SharedDescriptor,
    entry: FileName? = nil,
    kind: Kind,
    mount: SharedDescriptor? = nil,
    stubDirectories: Set<UInt64> = [],
    hot: HotSet? = nil,
    traces: OwnTraces = OwnTraces()
  ) {
    self.path = path
    self.directory = directory
    self.entry = entry
    self.kind = kind
    self.mount = mount
    self.stubDirectories = stubDirectories
    self.hot = hot
    self.traces = traces
  }

  /// `metadata` of a directory below, with the times and the inode it would have without us.
  ///
  /// Whoever stores the metadata of a directory asks this: we may have made an entry in it.
  package func corrected(_ metadata: FileMetadata) -> FileMetadata {
    traces.isEmpty ? metadata : traces.corrected(metadata)
  }

  /// The entry of the directory with this metadata that is ours and must not be seen, if any.
  package func hiddenEntry(of directory: FileMetadata) -> FileName? {
    traces.hiddenEntry(of: directory)
  }
}

/// The still tree with its original paths: which directory descriptor serves which path.
///
/// Roots are disjoint pieces: what lies below a root's path is seen through the root with the
/// longest matching path. The root at `/` is always there, and live unless `/` is a source.
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
