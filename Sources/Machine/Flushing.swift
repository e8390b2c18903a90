import CLinux
import Glibc

/// Writes out everything of the file system that `descriptor` is on.
///
/// Pages that programs have mapped are write-protected by it: the next store to one changes the
/// file's times again. The corresponding C function is `syncfs`.
package func flushFileSystem(
  of descriptor: CInt,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("syncfs", subject()) { clinux_syncfs(descriptor) }
}

/// Writes out the pages of an open file, and write-protects those that are mapped, as
/// ``flushFileSystem(of:subject:)`` does.
///
/// It makes nothing durable, and costs next to nothing when there is nothing to write. The
/// corresponding C function is `sync_file_range`.
package func writeOut(
  _ descriptor: CInt,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("sync_file_range", subject()) { clinux_write_out(descriptor) }
}

/// Has the kernel begin to write out a part of an open file; where it can't, that comes later.
///
/// The corresponding C function is `sync_file_range`.
func beginWritingOut(_ descriptor: CInt, _ range: Range<UInt64>) {
  _ = clinux_begin_write_out(
    descriptor,
    Int64(clamping: range.lowerBound),
    Int64(clamping: range.upperBound - range.lowerBound)
  )
}

/// The clock that file times are taken from, in its full resolution: no file time is after it.
///
/// The corresponding C function is `clock_gettime` with `CLOCK_REALTIME`.
package func currentPreciseTime() -> FileTime {
  var now = timespec()
  clock_gettime(CLOCK_REALTIME, &now)
  return FileTime(seconds: Int64(now.tv_sec), nanoseconds: UInt32(now.tv_nsec))
}

/// The clock that file times are taken from, in the resolution they have.
///
/// The corresponding C function is `clock_gettime` with `CLOCK_REALTIME_COARSE`.
package func currentFileTime() -> FileTime {
  var now = timespec()
  clock_gettime(CLOCK_REALTIME_COARSE, &now)
  return FileTime(seconds: Int64(now.tv_sec), nanoseconds: UInt32(now.tv_nsec))
}
