import Glibc

/// Writes `bytes` to the file at `path`, in place of what it holds, or makes it.
///
/// It may be anything that can be written to, such as `/dev/stdout`. The corresponding C functions
/// are `open` and `write`.
///
/// - Parameters:
///   - bytes: All of the new content.
///   - path: Links are followed.
///   - isNew: Whether the file must not exist yet.
///   - mode: Of a new file, before the umask.
/// - Throws: ``SystemCallError``.
package func writeWholeFile(
  _ bytes: [UInt8],
  to path: FilePath,
  isNew: Bool = false,
  mode: UInt32 = 0o666
) throws(SystemCallError) {
  let existing = isNew ? O_EXCL : O_TRUNC
  let file = try Descriptor.open(path, O_WRONLY | O_CREAT | existing, mode: mode)
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = try systemCall("write", path) {
      rest.withUnsafeBytes { write(file.raw, $0.baseAddress, $0.count) }
    }
    rest = rest.dropFirst(count)
  }
}
