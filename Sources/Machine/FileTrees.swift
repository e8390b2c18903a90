extension LocalFiles {
  /// Removes a directory and everything in it; links are removed, not followed.
  ///
  /// The corresponding C functions are `unlink` and `rmdir`.
  package static func removeTree(_ path: FilePath) throws(SystemCallError) {
    for name in try names(in: path) {
      let entry = path.pushing(FilePath(bytes: name.bytes))
      if try fileMetadata(of: entry).type == .directory {
        try removeTree(entry)
      } else {
        try remove(entry)
      }
    }
    try removeDirectory(path)
  }

  /// The sizes of all files in a directory and below it, in bytes.
  package static func sizeOfTree(_ path: FilePath) throws(SystemCallError) -> UInt64 {
    var size: UInt64 = 0
    for name in try names(in: path) {
      let entry = path.pushing(FilePath(bytes: name.bytes))
      let file = try fileMetadata(of: entry)
      size += file.type == .directory ? try sizeOfTree(entry) : file.size
    }
    return size
  }
}
