import CLinux
import Glibc

/// Locks what `descriptor` is open on, a file or a directory, until it is closed.
///
/// A lock that the descriptor has already is turned into this one. Other descriptors, of other
/// processes too, are kept from locks that conflict. The corresponding C function is `flock`.
///
/// - Parameters:
///   - descriptor: Open.
///   - isExclusive: Whether nobody else may have a lock; otherwise others may share it.
///   - waits: Whether to wait for it.
///   - subject: What it is, for the error.
/// - Throws: ``SystemCallError``; `EWOULDBLOCK` when it would have to wait.
package func lock(
  _ descriptor: CInt,
  exclusively isExclusive: Bool,
  waiting waits: Bool,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("flock", subject()) {
    clinux_lock(descriptor, isExclusive ? 1 : 0, waits ? 1 : 0)
  }
}

/// Calls `body` while nobody else holds the lock file at `path`, which is made if need be.
///
/// - Throws: ``SystemCallError`` when it can't be locked, or what `body` throws.
package func withLockFile<Value>(_ path: FilePath, _ body: () throws -> Value) throws -> Value {
  let file = try Descriptor.open(path, O_RDWR | O_CREAT)
  try lock(file.raw, exclusively: true, waiting: true, subject: path)
  return try body()
}
