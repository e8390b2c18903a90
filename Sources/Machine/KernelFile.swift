import Glibc

/// Reads a file of `/proc` or `/sys`, whose size isn't known before.
///
/// The corresponding C function is `read`.
package func readKernelFile(_ path: FilePath) throws(SystemCallError) -> [UInt8] {
  let file = try Descriptor.open(path)
  var content: [UInt8] = []
  // Large, so that a table is told by few calls and hardly changes between them.
  var buffer = [UInt8](repeating: 0, count: 1 << 18)
  while true {
    let count = try systemCall("read", path) { read(file.raw, &buffer, buffer.count) }
    if count == 0 { return content }
    content += buffer[..<count]
  }
}

/// The path without symbolic links; its last component must exist too.
///
/// The corresponding C function is `realpath`.
package func realPath(_ path: FilePath) throws(SystemCallError) -> FilePath {
  guard let real = path.withPlatformString({ realpath($0, nil) }) else {
    throw SystemCallError(call: "realpath", subject: path, errno: Errno(rawValue: errno))
  }
  defer { free(real) }
  return FilePath(platformString: real)
}
