import Glibc

/// The path of what `path` leads to, without links.
///
/// The corresponding C function is `realpath`.
package func realPath(of path: FilePath) throws(SystemCallError) -> FilePath {
  let found = path.withPlatformString { Glibc.realpath($0, nil) }
  guard let found else {
    throw SystemCallError(call: "realpath", subject: path, errno: Errno(rawValue: errno))
  }
  defer { free(found) }
  return FilePath(platformString: found)
}
