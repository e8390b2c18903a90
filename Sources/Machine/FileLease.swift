import CLinux

/// Shows that nobody can have changed a file's content, from the moment it is granted for as long
/// as it is intact.
///
/// Who opens the file for writing, or truncates it, waits until the lease is gone, for 45 s at
/// most, and fails at once with `O_NONBLOCK`: look often whether it is intact, and let it go when
/// it isn't. Only to be believed where ``FileSystemKind/hasSoundLeases``. Names and attributes may
/// change.
///
/// See `F_SETLEASE` in `fcntl(2)`.
package struct FileLease: ~Copyable {
  private let descriptor: CInt

  private init(of descriptor: CInt) { self.descriptor = descriptor }

  deinit { _ = clinux_end_lease(descriptor) }

  /// Takes a read lease.
  ///
  /// - Parameters:
  ///   - descriptor: Open for reading only; stays open as long as the lease lives.
  ///   - subject: The file, for the error.
  /// - Returns: Nil when somebody has the file open for writing, or mapped so.
  /// - Throws: ``SystemCallError``; `.permissionDenied` for files of others without `CAP_LEASE`,
  ///   `.invalidArgument` where there are no leases.
  package static func reading(
    _ descriptor: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) -> FileLease? {
    let isGranted = try kernelCall("F_SETLEASE", subject()) {
      clinux_begin_read_lease(descriptor)
    }
    return isGranted == 1 ? FileLease(of: descriptor) : nil
  }

  /// Whether nobody came to write since it was granted.
  package var isIntact: Bool { clinux_has_read_lease(descriptor) == 1 }
}
