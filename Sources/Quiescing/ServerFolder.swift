import Machine

/// Who a process acts as; nil when it is gone.
func user(of process: ProcessID) -> UInt32? {
  (try? fileMetadata(of: FilePath("/proc/\(process)")))?.userID
}

extension ProcessTable {
  /// The data folder of a server, which is where it works, and what is known of it.
  ///
  /// - Returns: Nil when its path leads elsewhere from here: in another mount namespace it may.
  func serverFolder(of process: ProcessID) -> (path: FilePath, metadata: FileMetadata)? {
    guard let path = pathShown(by: ProcessPath(process, "cwd")), path.isAbsolute,
      let metadata = try? fileMetadata(of: path),
      let own = try? fileMetadata(of: FilePath("/proc/\(process)/cwd"), followingLinks: true),
      FileKey(own) == FileKey(metadata)
    else { return nil }
    return (path, metadata)
  }
}
