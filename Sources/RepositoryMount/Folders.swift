import RepositoryEngine
import RepositoryFormat
import Synchronization

/// The folders that were seen, by number, and the inodes of everything in them.
///
/// An inode number is the number of a folder and a position in it: nothing is kept for files, so
/// that a `find` over millions of them costs no memory. Position 0 is the folder itself; the first
/// folder is the root, whose inode is 1.
final class Folders: Sendable {
  enum Content: Hashable, Sendable {
    /// A folder above the snapshots, by its path.
    case above(String)
    /// To a snapshot.
    case link(target: String, time: NodeTime)
    /// A folder of a snapshot.
    case tree(BlobID, snapshot: SnapshotID)
  }

  struct Folder: Sendable {
    var parent: Int
    var content: Content
    /// What is known of the folder; nil above the snapshots and of their roots.
    var node: Node?
    /// Of a snapshot's root.
    var time: NodeTime?
  }

  private struct LinkedFile: Hashable {
    var snapshot: SnapshotID
    var device: UInt64
    var inode: UInt64
  }

  private struct State {
    var folders: [Folder]
    /// By the folder they are in and their position.
    var children: [UInt64: Int] = [:]
    /// Those above the snapshots, and their roots, by path and snapshot.
    var named: [String: Int] = [:]
    /// The inodes of files with several names.
    var linked: [LinkedFile: UInt64] = [:]
  }

  private let state = Mutex(State(folders: [Folder(parent: 0, content: .above(""))]))

  static func inode(_ folder: Int, _ position: Int = 0) -> UInt64 {
    UInt64(folder) << 32 + UInt64(position) + 1
  }

  static func place(_ inode: UInt64) -> (folder: Int, position: Int) {
    (Int((inode - 1) >> 32), Int(truncatingIfNeeded: (inode - 1) & 0xffff_ffff))
  }

  /// The folder with this number; nil when there is none.
  subscript(number: Int) -> Folder? {
    state.withLock { $0.folders.indices.contains(number) ? $0.folders[number] : nil }
  }

  /// The number of something above the snapshots, or of a snapshot's root.
  func number(_ path: String, in parent: Int, _ content: Content, time: NodeTime?) -> Int {
    var key = path
    if case .tree(_, let snapshot) = content { key += "\0\(snapshot.digest.hex)" }
    return state.withLock { state in
      let new = Folder(parent: parent, content: content, node: nil, time: time)
      if let known = state.named[key] {
        state.folders[known] = new
        return known
      }
      state.folders.append(new)
      state.named[key] = state.folders.count - 1
      return state.folders.count - 1
    }
  }

  /// The inode of a node at a position, from 1 on, of a snapshot's folder.
  func inode(of node: Node, at position: Int, in folder: Int, of snapshot: SnapshotID) -> UInt64 {
    let own = Self.inode(folder, position)
    if let tree = node.subtree, node.type == .dir {
      return state.withLock { state in
        if let known = state.children[own] { return Self.inode(known) }
        let content = Content.tree(tree, snapshot: snapshot)
        state.folders.append(Folder(parent: folder, content: content, node: node, time: nil))
        state.children[own] = state.folders.count - 1
        return Self.inode(state.folders.count - 1)
      }
    }
    guard node.links > 1, node.type != .dir else { return own }
    let file = LinkedFile(snapshot: snapshot, device: node.deviceID, inode: node.inode)
    return state.withLock { state in
      if let first = state.linked[file] { return first }
      state.linked[file] = own
      return own
    }
  }
}
