import Glibc

/// How many bytes there are for everybody on the file system of `path`.
///
/// The corresponding C function is `statvfs`.
///
/// - Throws: ``SystemCallError``.
package func availableBytes(at path: FilePath) throws(SystemCallError) -> UInt64 {
  var found = Glibc.statvfs()
  try systemCall("statvfs", path) { path.withPlatformString { statvfs($0, &found) } }
  let (bytes, isTooMuch) = UInt64(found.f_bavail)
    .multipliedReportingOverflow(by: UInt64(found.f_frsize))
  return isTooMuch ? .max : bytes
}
