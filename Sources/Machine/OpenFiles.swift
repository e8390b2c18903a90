import CLinux
import Glibc

/// A file that a process has open for writing.
package struct WritableFile: Hashable, Sendable {
  /// Type and permission bits as `st_mode` has them; the permissions may be stale.
  package var mode: UInt32
  /// `st_dev`.
  package var device: UInt64
  package var inode: UInt64
  /// `st_rdev`, of device nodes.
  package var special: UInt64

  package var isRegular: Bool { mode & S_IFMT == S_IFREG }
}

/// Looks at descriptor `number` in a `/proc/PID/fd`; nil unless it is open for writing.
///
/// No server of a network file system is asked. The corresponding C functions are `fstatat`
/// and `statx`.
package func writableFile(in directory: CInt, _ number: ProcessID) -> WritableFile? {
  var file = WritableFile(mode: 0, device: 0, inode: 0, special: 0)
  let result = withDecimal(number) {
    clinux_writable(directory, $0, &file.mode, &file.device, &file.inode, &file.special)
  }
  return result == 1 ? file : nil
}

/// Whether descriptor `number` in a `/proc/PID/fd` is of a file on an overlay file system.
///
/// The corresponding C function is `fstatfs`.
package func isOnOverlay(in directory: CInt, _ number: ProcessID) -> Bool {
  withDecimal(number) { clinux_is_overlay(directory, $0) } == 1
}

/// Whether both threads have the same table of open files; nil when that can't be told.
///
/// The corresponding C function is `kcmp`.
package func shareFiles(_ first: ProcessID, _ second: ProcessID) -> Bool? {
  let result = clinux_compare_files(first, second)
  return result < 0 ? nil : result == 0
}

private func withDecimal<Value>(
  _ number: ProcessID,
  _ body: (UnsafePointer<CChar>) -> Value
) -> Value {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 12) { buffer in
    var rest = UInt32(bitPattern: number)
    var index = 11
    buffer[index] = 0
    repeat {
      index -= 1
      buffer[index] = CChar(0x30 + rest % 10)
      rest /= 10
    } while rest > 0
    guard let base = buffer.baseAddress else { preconditionFailure("12 bytes have an address") }
    return body(base + index)
  }
}
