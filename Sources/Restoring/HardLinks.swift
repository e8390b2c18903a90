import Machine
import RepositoryFormat

/// Files with several names of which one is restored already.
struct HardLinks {
  /// What names of the same file have in common.
  struct Key: Hashable {
    let inode: UInt64
    let deviceID: UInt64
  }

  private struct Source {
    let place: LinkSource
    /// Names that may still come.
    var expected: UInt64
  }

  private var sources: [Key: Source] = [:]

  /// The first name of the file that `node` is another name of; it is retained once more.
  mutating func source(
    of node: Node,
    _ directories: DirectoryTable
  ) -> LinkSource? {
    let key = Key(inode: node.inode, deviceID: node.deviceID)
    guard node.links > 1, var source = sources[key] else { return nil }
    directories.retain(source.place.directory)
    source.expected -= 1
    if source.expected == 0 {
      sources[key] = nil
      directories.release(source.place.directory)
    } else {
      sources[key] = source
    }
    return source.place
  }

  /// Notes that `node` is restored under this name.
  mutating func add(
    _ node: Node,
    _ place: LinkSource,
    _ directories: DirectoryTable
  ) {
    guard node.links > 1 else { return }
    directories.retain(place.directory)
    let key = Key(inode: node.inode, deviceID: node.deviceID)
    sources[key] = Source(place: place, expected: node.links - 1)
  }

  /// Whether ``source(of:_:)`` would know one.
  func hasSource(of node: Node) -> Bool {
    node.links > 1 && sources[Key(inode: node.inode, deviceID: node.deviceID)] != nil
  }

  mutating func releaseAll(_ directories: DirectoryTable) {
    for source in sources.values { directories.release(source.place.directory) }
    sources = [:]
  }
}
