import CLinux

/// Where an item stands in a tree of btrfs: ordered by object, then type, then offset.
struct BtrfsKey: Hashable {
  /// Of what belongs to an inode, its number.
  var object: UInt64
  var type: UInt8
  var offset: UInt64

  static let inodeItem: UInt8 = 1
  /// The offset is the inode of the directory that has the names.
  static let inodeReference: UInt8 = 12
  /// The offset is a hash.
  static let extendedReference: UInt8 = 13
  static let rootItem: UInt8 = 132

  /// The next key; nil after the last.
  fileprivate var next: BtrfsKey? {
    if offset < .max { return BtrfsKey(object: object, type: type, offset: offset + 1) }
    if type < .max { return BtrfsKey(object: object, type: type + 1, offset: 0) }
    return object < .max ? BtrfsKey(object: object + 1, type: 0, offset: 0) : nil
  }

  fileprivate var raw: clinux_btrfs_key {
    clinux_btrfs_key(object: object, type: type, offset: offset)
  }

  fileprivate init(_ raw: clinux_btrfs_key) {
    self.init(object: raw.object, type: raw.type, offset: raw.offset)
  }

  init(object: UInt64, type: UInt8, offset: UInt64) {
    self.object = object
    self.type = type
    self.offset = offset
  }
}

/// Reads items of a tree of btrfs, as root, on one thread.
final class BtrfsSearch {
  private let descriptor: CInt
  private let tree: UInt64
  private let subject: () -> FilePath
  private let buffer: UnsafeMutableRawBufferPointer

  /// The tree in which the roots of all others are.
  static let treeOfRoots: UInt64 = 1

  /// Prepares to search.
  ///
  /// - Parameters:
  ///   - descriptor: Anything on the file system; stays open.
  ///   - tree: Which tree; 0 is the subvolume that the descriptor is in.
  ///   - bufferSize: How many bytes are read at once, at least 64 KiB: the largest item and more.
  ///   - subject: What the descriptor is, for the error.
  init(
    by descriptor: CInt,
    tree: UInt64 = 0,
    bufferSize: Int = 1 << 16,
    subject: @escaping @autoclosure () -> FilePath
  ) {
    self.descriptor = descriptor
    self.tree = tree
    self.subject = subject
    buffer = .allocate(byteCount: bufferSize, alignment: 8)
  }

  deinit { buffer.deallocate() }

  /// Calls `body` with each item from `first` to `last` that is in a leaf written in the
  /// transaction `since` or later, in order; its bytes are valid only during the call.
  ///
  /// See `BTRFS_IOC_TREE_SEARCH_V2`.
  ///
  /// - Parameters:
  ///   - first: Where to begin.
  ///   - last: Where to end.
  ///   - since: The transaction.
  ///   - body: Returns whether to go on.
  /// - Throws: ``SystemCallError``; `EPERM` without root.
  func items(
    from first: BtrfsKey,
    through last: BtrfsKey,
    since: UInt64 = 0,
    _ body: (BtrfsKey, UnsafeRawBufferPointer) -> Bool
  ) throws(SystemCallError) {
    var start: BtrfsKey? = first
    while let key = start {
      let count = try kernelCall("BTRFS_IOC_TREE_SEARCH_V2", subject()) {
        clinux_btrfs_search(
          descriptor,
          tree,
          key.raw,
          last.raw,
          since,
          buffer.baseAddress,
          buffer.count
        )
      }
      if count == 0 { return }
      var position = 0
      for _ in 0..<count {
        var item = clinux_btrfs_item()
        clinux_btrfs_item(buffer.baseAddress, &position, &item)
        let found = BtrfsKey(item.key)
        if !body(found, UnsafeRawBufferPointer(start: item.bytes, count: item.length)) { return }
        start = found.next
      }
    }
  }
}

extension Btrfs {
  /// The transaction in which anybody last took a snapshot of the subvolume `id`, 0 when nobody did.
  ///
  /// Moving its tree on the disk may count too. Needs root.
  ///
  /// - Throws: ``SystemCallError``.
  package static func lastSnapshot(
    of id: UInt64,
    by descriptor: CInt,
    subject: @escaping @autoclosure () -> FilePath
  ) throws(SystemCallError) -> UInt64 {
    let search = BtrfsSearch(
      by: descriptor,
      tree: BtrfsSearch.treeOfRoots,
      subject: subject()
    )
    var transaction: UInt64?
    try search.items(
      from: BtrfsKey(object: id, type: BtrfsKey.rootItem, offset: 0),
      through: BtrfsKey(object: id, type: BtrfsKey.rootItem, offset: .max)
    ) { _, item in
      var found: UInt64 = 0
      if clinux_btrfs_last_snapshot(item.baseAddress, item.count, &found) == 0 {
        transaction = found
      }
      return false
    }
    guard let transaction else {
      throw SystemCallError(
        call: "BTRFS_IOC_TREE_SEARCH_V2",
        subject: subject(),
        errno: .noSuchFileOrDirectory
      )
    }
    return transaction
  }
}
