import CLinux

/// Lets nobody write to the file system of `directory` until ``thawFileSystem(of:)``, whoever ends.
///
/// Writers wait meanwhile. What is in memory is written out before. Never for btrfs, whose volume
/// snapshots would wait too, nor for a file system that we write to ourselves. The corresponding C
/// function is `ioctl` with `FIFREEZE`.
///
/// - Throws: ``SystemCallError``, `.resourceBusy` when it is frozen already.
package func freezeFileSystem(of directory: FilePath) throws(SystemCallError) {
  let file = try Descriptor.open(directory)
  try kernelCall("FIFREEZE", directory) { clinux_freeze(file.raw) }
}

/// Undoes ``freezeFileSystem(of:)``; true when it was frozen.
///
/// The corresponding C function is `ioctl` with `FITHAW`.
///
/// - Throws: ``SystemCallError``.
@discardableResult
package func thawFileSystem(of directory: FilePath) throws(SystemCallError) -> Bool {
  let file = try Descriptor.open(directory)
  do {
    try kernelCall("FITHAW", directory) { clinux_thaw(file.raw) }
    return true
  } catch {
    if error.errno == .invalidArgument { return false }
    throw error
  }
}
