import CLinux
import Glibc

/// Writes all of `bytes` at `offset`.
///
/// The corresponding C function is `pwrite`.
package func write(
  _ bytes: UnsafeRawBufferPointer,
  to descriptor: CInt,
  at offset: UInt64,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  var done = 0
  while done < bytes.count {
    let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
    let count = try kernelCall("pwrite", subject()) {
      negated(pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done)))
    }
    done += count
  }
}

/// Sets the size of an open file; new bytes are zero and take no room.
///
/// The corresponding C function is `ftruncate`.
package func truncate(
  _ descriptor: CInt,
  to size: UInt64,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("ftruncate", subject()) { negated(ftruncate(descriptor, off_t(size))) }
}

/// Makes `size` bytes from `offset` a hole: zero, without taking room.
///
/// The corresponding C function is `fallocate`.
package func punchHole(
  in descriptor: CInt,
  at offset: UInt64,
  size: UInt64,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("fallocate", subject()) {
    clinux_punch_hole(descriptor, Int64(offset), Int64(size))
  }
}

/// What a change applies to: an open file, or a name that is not opened.
package enum FileReference {
  case descriptor(CInt)
  /// A symbolic link there is not followed.
  case name(FileName, directory: CInt)
}

/// Sets owner and group by number.
///
/// The corresponding C functions are `fchown` and `fchownat`.
package func setOwner(
  of file: FileReference,
  userID: UInt32,
  groupID: UInt32,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("fchownat", subject()) {
    switch file {
    case .descriptor(let raw):
      negated(fchown(raw, userID, groupID))
    case .name(let name, let directory):
      name.withCString {
        negated(fchownat(directory, $0, userID, groupID, AT_SYMLINK_NOFOLLOW))
      }
    }
  }
}

/// Sets the permission bits, set-user-ID, set-group-ID and sticky bits: `st_mode & 07777`.
///
/// The corresponding C functions are `fchmod` and `fchmodat`.
package func setPermissions(
  of file: FileReference,
  to mode: UInt32,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("fchmodat", subject()) {
    switch file {
    case .descriptor(let raw):
      negated(fchmod(raw, mode))
    case .name(let name, let directory):
      name.withCString { clinux_chmod_nofollow(directory, $0, mode) }
    }
  }
}

/// Sets the times of last access and of last modification.
///
/// The corresponding C functions are `futimens` and `utimensat`.
package func setTimes(
  of file: FileReference,
  accessed: FileTime,
  modified: FileTime,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  let times = [accessed, modified].map {
    timespec(tv_sec: time_t($0.seconds), tv_nsec: CLong($0.nanoseconds))
  }
  try kernelCall("utimensat", subject()) {
    switch file {
    case .descriptor(let raw):
      negated(futimens(raw, times))
    case .name(let name, let directory):
      name.withCString { negated(utimensat(directory, $0, times, AT_SYMLINK_NOFOLLOW)) }
    }
  }
}
