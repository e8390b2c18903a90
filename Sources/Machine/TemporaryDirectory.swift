import Glibc

/// Where files go that nobody needs for long: `$TMPDIR`, else `/var/tmp`, which is on a disk more
/// often than `/tmp`.
package var temporaryFolder: FilePath {
  getenv("TMPDIR").map { FilePath(String(cString: $0)) } ?? "/var/tmp"
}

/// Makes a new empty directory, accessible to us alone, below `$TMPDIR`, else `/var/tmp`.
///
/// The caller removes it. The corresponding C function is `mkdtemp`.
///
/// - Parameter prefix: How its name begins.
/// - Returns: Its absolute path.
/// - Throws: ``SystemCallError`` when it can't be made.
package func makeTemporaryDirectory(named prefix: String) throws(SystemCallError) -> FilePath {
  let parent = temporaryFolder
  var template = parent.appending("\(prefix)-XXXXXX").withPlatformString {
    ContiguousArray(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
  }
  let isMade = template.withUnsafeMutableBufferPointer { buffer in
    buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
  }
  guard isMade else {
    throw SystemCallError(call: "mkdtemp", subject: parent, errno: Errno(rawValue: errno))
  }
  return template.withUnsafeBufferPointer { buffer in
    buffer.baseAddress.map { FilePath(platformString: $0) } ?? parent
  }
}
