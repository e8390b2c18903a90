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

  /// Removes the directory `name` below the open `directory`, and everything in it.
  ///
  /// No link is followed, also when somebody puts one there meanwhile. The corresponding C function
  /// is `unlinkat`.
  package static func removeTree(
    _ name: FileName,
    in directory: CInt,
    subject: FilePath
  ) throws(SystemCallError) {
    let opened = try openDirectory(in: directory, name, subject: subject)
    let listing = try DirectoryListing(reading: opened.raw, subject: subject)
    for index in 0..<listing.count {
      let name = listing.name(at: index)
      let path = subject.pushing(FilePath(bytes: name.bytes))
      if try fileMetadata(in: opened.raw, name, subject: path).type == .directory {
        try removeTree(name, in: opened.raw, subject: path)
      } else {
        try removeFile(in: opened.raw, name, subject: path)
      }
    }
    try Machine.removeDirectory(in: directory, name, subject: subject)
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
