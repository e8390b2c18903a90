package import Machine

/// What a CephFS does with the hidden folder `.snap` of each directory.
///
/// Source: docs.ceph.com, "CephFS Snapshots" and "CephFS extended attributes".
package protocol CephFSFolder: Sendable {
  /// Makes a volume snapshot of an open directory and everything below it.
  ///
  /// - Throws: ``SystemCallError``.
  func make(_ name: FileName, of directory: CInt, subject: FilePath) throws(SystemCallError)

  /// When the open volume snapshot was made, in the cluster's words: no other has the same.
  ///
  /// - Throws: ``SystemCallError``.
  func birth(of snapshot: CInt, subject: FilePath) throws(SystemCallError) -> String?

  /// Removes a volume snapshot; never anything else, as it is no empty directory then.
  ///
  /// - Throws: ``SystemCallError``.
  func remove(_ name: FileName, of directory: CInt, subject: FilePath) throws(SystemCallError)
}

/// The real one, by `mkdir`, `rmdir` and an attribute.
package struct SystemCephFSFolder: CephFSFolder {
  package init() {}

  package func make(
    _ name: FileName,
    of directory: CInt,
    subject: FilePath
  ) throws(SystemCallError) {
    let folder = try openDirectory(in: directory, cephFSFolderName, subject: subject)
    try makeDirectory(in: folder.raw, name, subject: subject)
  }

  package func birth(
    of snapshot: CInt,
    subject: FilePath
  ) throws(SystemCallError) -> String? {
    let name = FileName("ceph.snap.btime")
    return try ExtendedAttributes.value(name, of: snapshot, subject: subject)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  package func remove(
    _ name: FileName,
    of directory: CInt,
    subject: FilePath
  ) throws(SystemCallError) {
    let folder = try openDirectory(in: directory, cephFSFolderName, subject: subject)
    try removeDirectory(in: folder.raw, name, subject: subject)
  }
}

/// In every directory of a CephFS, though none lists it.
package let cephFSFolderName = FileName(".snap")
