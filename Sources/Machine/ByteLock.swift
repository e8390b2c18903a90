import CLinux
import Glibc

/// A lock on bytes of a file: against those of other processes, and of other open files of ours.
package enum ByteLock: Hashable, Sendable {
  /// Others may have shared ones too.
  case shared
  /// Nobody else may have any.
  case exclusive
}

/// A lock of others that keeps one from being had.
package struct LockInTheWay: Hashable, Sendable {
  /// Whose it is; nil when it belongs to an open file, or to a process that can't be seen from here.
  package var process: ProcessID?
}

/// Locks bytes of an open file, without waiting, until they are unlocked or it is closed.
///
/// The lock belongs to the open file: other descriptors of the same file can be closed without
/// ending it, and whatever ends this process ends it too. The corresponding C function is `fcntl`
/// with `F_OFD_SETLK`.
///
/// - Parameters:
///   - bytes: They needn't exist.
///   - descriptor: Open for reading for a shared lock, for writing for an exclusive one.
///   - kind: A lock that it has on the same bytes already is turned into this one.
///   - subject: What it is, for the error.
/// - Returns: False when a lock of others is in the way.
/// - Throws: ``SystemCallError``.
package func tryToLock(
  _ bytes: Range<UInt64>,
  of descriptor: CInt,
  _ kind: ByteLock,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Bool {
  let result = try kernelCall("fcntl", subject()) {
    let number: CInt = kind == .exclusive ? 2 : 1
    return clinux_lock_bytes(
      descriptor,
      number,
      Int64(bytes.lowerBound),
      Int64(bytes.count)
    )
  }
  return result == 1
}

/// Unlocks bytes of an open file; that can't fail for one that is open.
///
/// The corresponding C function is `fcntl` with `F_OFD_SETLK`.
package func unlock(_ bytes: Range<UInt64>, of descriptor: CInt) {
  _ = clinux_lock_bytes(descriptor, 0, Int64(bytes.lowerBound), Int64(bytes.count))
}

/// Looks for a lock of others that keeps bytes of an open file from being locked; locks nothing.
///
/// The corresponding C function is `fcntl` with `F_OFD_GETLK`.
///
/// - Parameters:
///   - bytes: They needn't exist.
///   - descriptor: Open.
///   - kind: Which lock would be had.
///   - subject: What it is, for the error.
/// - Returns: Nil when the lock could be had.
/// - Throws: ``SystemCallError``.
package func lockInTheWay(
  of kind: ByteLock,
  on bytes: Range<UInt64>,
  of descriptor: CInt,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> LockInTheWay? {
  var process: ProcessID = 0
  let result = try kernelCall("fcntl", subject()) {
    clinux_lock_in_the_way(
      descriptor,
      kind == .exclusive ? 1 : 0,
      Int64(bytes.lowerBound),
      Int64(bytes.count),
      &process
    )
  }
  if result == 0 { return nil }
  return LockInTheWay(process: process > 0 ? process : nil)
}

/// Opens the regular file `name` below `directory` for reading and writing, so that bytes of it can
/// be locked; a link is not followed.
///
/// It waits for nobody, and the access time stays where that is allowed. The corresponding C
/// function is `openat`.
///
/// - Returns: Nil when it is no regular file.
/// - Throws: ``SystemCallError``.
package func openForLocking(
  in directory: CInt,
  _ name: FileName,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Descriptor? {
  // What is no regular file isn't opened at all: some devices do something then.
  guard try fileMetadata(in: directory, name, subject: subject()).type == .regular else {
    return nil
  }
  let flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
  let raw = try kernelCall("openat", subject()) {
    name.withCString { (text: UnsafePointer<CChar>) -> CInt in
      let raw = openat(directory, text, flags | CLINUX_O_NOATIME)
      if raw >= 0 { return raw }
      // Only the owner and root may ask for O_NOATIME.
      return errno == EPERM ? negated(openat(directory, text, flags)) : -errno
    }
  }
  return Descriptor(adopting: raw)
}

/// Lets others run first that are ready to.
///
/// The corresponding C function is `sched_yield`.
package func yieldProcessor() { sched_yield() }
