import CLinux
import Glibc

/// Opens `name` below `directory` for reading.
///
/// A link is not followed, a fifo does not block, and the access time stays where that is
/// allowed. The corresponding C function is `openat`.
///
/// - Parameters:
///   - directory: Open.
///   - name: Ends with zero.
///   - isDirectory: Whether anything but a directory is an error.
///   - subject: What it is, for the error.
/// - Returns: The open descriptor.
/// - Throws: ``SystemCallError``; `ELOOP` for a symbolic link.
package func openForReading(
  in directory: CInt,
  _ name: UnsafePointer<CChar>,
  isDirectory: Bool = false,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Descriptor {
  let raw = try kernelCall("openat", subject()) {
    clinux_open_reading(directory, name, isDirectory ? 1 : 0)
  }
  return Descriptor(adopting: raw)
}

/// Opens `path` for reading, as ``openForReading(in:_:isDirectory:subject:)`` does.
///
/// The corresponding C function is `open`.
package func openForReading(_ path: FilePath) throws(SystemCallError) -> Descriptor {
  let raw = try kernelCall("open", path) {
    path.withPlatformString { clinux_open_reading(AT_FDCWD, $0, 0) }
  }
  return Descriptor(adopting: raw)
}

/// Opens `name` below `directory` only to be named by further calls, without following a link.
///
/// It needs no permission on the file itself. The corresponding C function is `openat` with
/// `O_PATH`.
package func openAsPlace(
  in directory: CInt,
  _ name: UnsafePointer<CChar>,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Descriptor {
  let raw = try kernelCall("openat", subject()) {
    let result = openat(directory, name, CLINUX_O_PATH | O_NOFOLLOW | O_CLOEXEC)
    return result < 0 ? -errno : result
  }
  return Descriptor(adopting: raw)
}

/// What `statx` says of `name`, which ends with zero, below `directory`; links are not followed.
///
/// The corresponding C function is `statx`.
package func fileMetadata(
  in directory: CInt,
  named name: UnsafePointer<CChar>,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> FileMetadata {
  var raw = clinux_metadata()
  try kernelCall("statx", subject()) {
    clinux_statx(directory, name, AT_SYMLINK_NOFOLLOW, &raw)
  }
  return FileMetadata(raw)
}

/// Reads what comes next, up to the size of `buffer`.
///
/// Fewer bytes than asked for do not mean the end; none do. The corresponding C function is
/// `read`.
package func readNext(
  from descriptor: CInt,
  into buffer: UnsafeMutableRawBufferPointer,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Int {
  try kernelCall("read", subject()) {
    let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
    return count < 0 ? -Int(errno) : count
  }
}

/// The bytes that the symbolic link `name` below `directory` holds.
///
/// With an empty name, `directory` is the link itself, opened as a place. The corresponding C
/// function is `readlinkat`.
package func linkTarget(
  in directory: CInt,
  _ name: UnsafePointer<CChar>,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> [UInt8] {
  var capacity = 256
  while true {
    var target = [CChar](repeating: 0, count: capacity)
    let count = try kernelCall("readlinkat", subject()) {
      let count = readlinkat(directory, name, &target, capacity)
      return count < 0 ? -Int(errno) : count
    }
    if count < capacity { return target[..<count].map { UInt8(bitPattern: $0) } }
    capacity *= 4
  }
}

/// The offset of the first data at or after `offset`; nil when only a hole follows.
///
/// The corresponding C function is `lseek` with `SEEK_DATA`.
package func nextData(
  in descriptor: CInt,
  from offset: UInt64,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> UInt64? {
  let result = clinux_seek_data(descriptor, Int64(clamping: offset))
  if result == -Int64(ENXIO) { return nil }
  return UInt64(try kernelCall("lseek", subject()) { result })
}

/// The offset of the first hole at or after `offset`; the end of the file counts as one.
///
/// The corresponding C function is `lseek` with `SEEK_HOLE`.
package func nextHole(
  in descriptor: CInt,
  from offset: UInt64,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> UInt64 {
  let result = clinux_seek_hole(descriptor, Int64(clamping: offset))
  return UInt64(try kernelCall("lseek", subject()) { result })
}

/// Sets where the next read begins.
///
/// The corresponding C function is `lseek`.
package func setPosition(
  of descriptor: CInt,
  to offset: UInt64,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("lseek", subject()) {
    let result = lseek(descriptor, off_t(offset), SEEK_SET)
    return result < 0 ? -Int(errno) : result
  }
}

/// Tells the kernel that the whole file will be read from beginning to end; only a hint.
///
/// The corresponding C function is `posix_fadvise`.
package func expectSequentialReading(of descriptor: CInt) {
  posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
}

/// Whether somebody may change an open file: has it open for writing, or mapped so.
///
/// Also true when that can't be found out, as for files of other users. Not to be trusted on
/// overlayfs. See `F_SETLEASE` in `fcntl(2)`.
package func mayHaveWriters(_ descriptor: CInt) -> Bool { clinux_has_writers(descriptor) != 0 }

/// Raises how many descriptors may be open as far as is allowed, at most to `wanted`.
///
/// The corresponding C function is `setrlimit`.
///
/// - Returns: How many may be open now.
@discardableResult
package func raiseDescriptorLimit(to wanted: Int) -> Int {
  _ = inheritedDescriptorLimit  // As it is before we change it.
  let limit = clinux_raise_descriptor_limit(Int64(wanted))
  return limit < 0 ? 256 : Int(limit)
}

/// How many descriptors could be open when this process was started, or since
/// ``raiseDescriptorLimit(to:)`` was first called; negative when that can't be found out.
package let inheritedDescriptorLimit = Int(clinux_raise_descriptor_limit(0))

/// Sets how many descriptors may be open; those that are stay open.
///
/// The corresponding C function is `setrlimit`.
///
/// - Throws: ``SystemCallError``.
package func setDescriptorLimit(_ limit: Int) throws(SystemCallError) {
  try kernelCall("setrlimit", "") { clinux_set_descriptor_limit(Int64(limit)) }
}
