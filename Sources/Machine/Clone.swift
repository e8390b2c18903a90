import CLinux
import Glibc

/// Makes the content of `target` that of `source`: both share the room until one is changed.
///
/// Where ``FileSystemKind/clonesAtomically``, it is the content of one moment between two writes,
/// also of those through mappings. Writers wait meanwhile. Holes stay holes. The corresponding C
/// function is `ioctl` with `FICLONE`.
///
/// - Parameters:
///   - source: Open for reading, a regular file.
///   - target: Open for writing, empty, on the same file system.
///   - subject: The source, for the error.
/// - Throws: ``SystemCallError``: among others `EXDEV` for another file system, `EOPNOTSUPP` for
///   one that can't, `ETXTBSY` for a swap file.
package func cloneContent(
  of source: CInt,
  into target: CInt,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  func clone() throws(SystemCallError) {
    try kernelCall("FICLONE", subject()) { clinux_clone_file(source, target) }
  }
  do {
    try clone()
  } catch {
    // btrfs shares only between files that are both copied on write, or both not, as is usual for
    // databases and disk images.
    guard error.errno == .invalidArgument, clinux_match_copy_on_write(source, target) == 1
    else { throw error }
    try clone()
  }
}

/// Makes an empty file without a name on the file system of the open `directory`; it goes away
/// with its descriptor.
///
/// The corresponding C function is `openat` with `O_TMPFILE`.
///
/// - Returns: The file, open for reading and writing.
/// - Throws: ``SystemCallError``; `.notSupported` where files need names.
private func makeUnnamedFile(
  in directory: CInt,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Descriptor {
  let flags = O_RDWR | CLINUX_O_TMPFILE | O_CLOEXEC
  let raw = try kernelCall("openat", subject()) { negated(openat(directory, ".", flags, 0o600)) }
  return Descriptor(adopting: raw)
}

/// Clones `source` into a file without a name in the open `directory`, on the same file system.
///
/// See ``cloneContent(of:into:subject:)`` and ``makeUnnamedFile(in:subject:)``.
///
/// - Returns: The clone, open for reading and writing.
/// - Throws: ``SystemCallError``.
package func makeUnnamedClone(
  of source: CInt,
  in directory: CInt,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Descriptor {
  let target = try makeUnnamedFile(in: directory, subject: subject())
  try cloneContent(of: source, into: target.raw, subject: subject())
  return target
}

/// Makes an empty file that is kept in memory; it goes away with its descriptor.
///
/// The corresponding C function is `memfd_create`.
///
/// - Returns: The file, open for reading and writing.
/// - Throws: ``SystemCallError``.
package func makeMemoryFile() throws(SystemCallError) -> Descriptor {
  Descriptor(adopting: try kernelCall("memfd_create", "") { clinux_memory_file() })
}
