/// What may differ between two volume snapshots of one btrfs subvolume.
///
/// btrfs writes the number of the running transaction into an inode's item whenever it changes
/// anything of it: attributes, content, or, of a directory, the names in it. So what wasn't
/// written is what it was, and a directory is what it was, with everything below, when neither it
/// nor anything below was written.
///
/// Moving extents on the disk (balance) changes no inode and nothing that is read; what is only
/// written anew (defragment) counts as changed.
package struct BtrfsChanges: Hashable, Sendable {
  /// The inodes that were written.
  private var written: Set<UInt64> = []
  /// The directories that have a name of one of those, and all above them.
  private var above: Set<UInt64> = [BtrfsSubvolume.topInode]

  /// Whether the inode itself was written.
  package func isWritten(_ inode: UInt64) -> Bool { written.contains(inode) }

  /// Whether a directory or something below it was written.
  package func reaches(_ directory: UInt64) -> Bool {
    written.contains(directory) || above.contains(directory)
  }

  /// How many inodes were written.
  package var count: Int { written.count }

  /// Finds what was written to a subvolume that doesn't change any more; nil when too much was.
  ///
  /// What of the first transaction is in the former volume snapshot counts too: others may have
  /// been written in it just after. Needs root.
  ///
  /// - Parameters:
  ///   - top: Open on anything in the later volume snapshot.
  ///   - transaction: The last that the former one shows.
  ///   - countMax: How many inodes are worth it.
  ///   - subject: What it is, for the error.
  ///   - interruption: Asked now and then.
  /// - Throws: ``SystemCallError``, ``Interrupted``.
  package init?(
    in top: CInt,
    since transaction: UInt64,
    countMax: Int,
    subject: @autoclosure () -> FilePath,
    interruption: Interruption
  ) throws {
    let path = subject()
    guard try findWritten(top, transaction, countMax, path, interruption) else { return nil }
    try findAbove(top, path, interruption)
  }

  /// Collects the inodes whose own items say that they were written: a leaf that was written has
  /// others beside them.
  private mutating func findWritten(
    _ top: CInt,
    _ transaction: UInt64,
    _ countMax: Int,
    _ path: FilePath,
    _ interruption: Interruption
  ) throws -> Bool {
    let search = BtrfsSearch(by: top, bufferSize: 1 << 20, subject: path)
    // The last 256 numbers are those of btrfs itself.
    let first = BtrfsKey(object: BtrfsSubvolume.topInode, type: 0, offset: 0)
    let last = BtrfsKey(object: 0 &- 256, type: .max, offset: .max)
    var isTooMuch = false
    try search.items(from: first, through: last, since: transaction) { key, item in
      guard key.type == BtrfsKey.inodeItem else { return true }
      // An item that is too short to tell counts as written.
      let lastWritten =
        item.count < 16
        ? UInt64.max : UInt64(littleEndian: item.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      if lastWritten >= transaction { written.insert(key.object) }
      isTooMuch = written.count > countMax || interruption.isRequested
      return !isTooMuch
    }
    try interruption.check()
    return !isTooMuch
  }

  /// Collects the directories above, by every name of everything.
  private mutating func findAbove(
    _ top: CInt,
    _ path: FilePath,
    _ interruption: Interruption
  ) throws {
    let search = BtrfsSearch(by: top, subject: path)
    var pending = Array(written)
    while let inode = pending.popLast() {
      if inode == BtrfsSubvolume.topInode { continue }
      try interruption.check()
      try search.items(
        from: BtrfsKey(object: inode, type: BtrfsKey.inodeReference, offset: 0),
        through: BtrfsKey(object: inode, type: BtrfsKey.extendedReference, offset: .max)
      ) { key, item in
        for directory in Self.directories(key, item) where above.insert(directory).inserted {
          // One that was written is pending itself.
          if !written.contains(directory) { pending.append(directory) }
        }
        return true
      }
    }
  }

  /// The directories that have the names of one item.
  ///
  ///     INODE_REF        (inode, 12, directory)  { index 8, length 2, name }…
  ///     INODE_EXTREF     (inode, 13, hash)       { directory 8, index 8, length 2, name }…
  private static func directories(_ key: BtrfsKey, _ item: UnsafeRawBufferPointer) -> [UInt64] {
    if key.type == BtrfsKey.inodeReference { return [key.offset] }
    var found: [UInt64] = []
    var position = 0
    while position + 18 <= item.count {
      let directory = item.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      found.append(UInt64(littleEndian: directory))
      let length = item.loadUnaligned(fromByteOffset: position + 16, as: UInt16.self)
      position += 18 + Int(UInt16(littleEndian: length))
    }
    return found
  }
}
