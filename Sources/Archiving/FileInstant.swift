import Machine

/// What is known of a file on a live file system at the instant that a backup describes.
struct FileInstant: Sendable {
  let hot: HotSet
  /// What it was, if it was being written then.
  let copy: HotFile?
  /// Which file had its name.
  let inode: UInt64
  /// Whether it, or what it lies in, is named already as not of the instant.
  let isNamed: Bool

  /// Why a file with this metadata, taken after it was read, isn't what it was at the instant; nil
  /// when it is.
  func lateness(of metadata: FileMetadata) -> Lateness? {
    if copy != nil { return nil }
    if metadata.inode != inode { return .replaced }
    hot.isClockSteady()
    let key = FileKey(metadata)
    if hot.holds(metadata.changed), !hot.unprovable.contains(key) { return nil }
    return .changed(besides: hot.uncopied[key])
  }
}

/// Why a path in a backup of an instant is not of that instant.
enum Lateness: Hashable, CustomStringConvertible {
  /// Its content, metadata or name changed; also says why there is no copy of before.
  case changed(besides: String?)
  /// Another file has its name.
  case replaced
  case removed
  /// It is there, but nothing tells by which name it was then.
  case unnamed
  /// A directory in which names were made, renamed or removed.
  case relisted
  /// A directory that may not have been there.
  case moved

  var description: String {
    switch self {
    case .changed(nil): "changed after the instant"
    case .changed(let reason?): "changed after the instant; before that it \(reason)"
    case .replaced: "was replaced after the instant"
    case .removed: "was removed after the instant and is not in the backup"
    case .unnamed: "may have had another name at the instant"
    case .relisted: "names in it changed after the instant"
    case .moved: "was made or moved after the instant, with everything in it"
    }
  }
}
