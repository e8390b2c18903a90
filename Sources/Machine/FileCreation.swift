import CLinux
import Glibc

/// How ``openFile(in:_:_:subject:)`` opens.
package enum FileOpening: Hashable, Sendable {
  /// For reading; it must exist.
  case reading
  /// For reading and writing; it must exist.
  case changing
  /// A new one for reading and writing, mode 0600; it must not exist.
  case creating

  fileprivate var flags: CInt {
    switch self {
    case .reading: O_RDONLY
    case .changing: O_RDWR
    case .creating: O_RDWR | O_CREAT | O_EXCL
    }
  }
}

/// Opens the file `name` below `directory`.
///
/// A symbolic link there is never followed, and nothing blocks, not even a fifo. The corresponding
/// C function is `openat`.
package func openFile(
  in directory: CInt,
  _ name: FileName,
  _ opening: FileOpening,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Descriptor {
  let flags = opening.flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
  let raw = try kernelCall("openat", subject()) {
    name.withCString { negated(openat(directory, $0, flags, 0o600)) }
  }
  return Descriptor(adopting: raw)
}

/// Opens the directory `name` below `directory`; a symbolic link there is an error.
///
/// The corresponding C function is `openat`.
package func openDirectory(
  in directory: CInt,
  _ name: FileName,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Descriptor {
  let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
  let raw = try kernelCall("openat", subject()) {
    name.withCString { negated(openat(directory, $0, flags)) }
  }
  return Descriptor(adopting: raw)
}

/// Makes the directory `name` below `directory`.
///
/// The corresponding C function is `mkdirat`.
package func makeDirectory(
  in directory: CInt,
  _ name: FileName,
  mode: UInt32 = 0o700,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("mkdirat", subject()) {
    name.withCString { negated(mkdirat(directory, $0, mode)) }
  }
}

/// Makes the symbolic link `name` below `directory`; `target` is any bytes without a zero.
///
/// The corresponding C function is `symlinkat`.
package func makeSymbolicLink(
  in directory: CInt,
  _ name: FileName,
  to target: FileName,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("symlinkat", subject()) {
    name.withCString { name in
      target.withCString { negated(symlinkat($0, directory, name)) }
    }
  }
}

/// Gives the file `source` below `sourceDirectory` another name; a symbolic link is not followed.
///
/// The corresponding C function is `linkat`.
package func makeHardLink(
  in directory: CInt,
  _ name: FileName,
  to source: FileName,
  in sourceDirectory: CInt,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("linkat", subject()) {
    name.withCString { name in
      source.withCString { negated(linkat(sourceDirectory, $0, directory, name, 0)) }
    }
  }
}

/// Makes a fifo or a device node; `mode` holds the type bits of `st_mode` too.
///
/// The corresponding C function is `mknodat`.
package func makeSpecialFile(
  in directory: CInt,
  _ name: FileName,
  mode: UInt32,
  device: UInt64 = 0,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("mknodat", subject()) {
    name.withCString { negated(mknodat(directory, $0, mode, UInt(device))) }
  }
}

/// Removes the name of anything but a directory.
///
/// The corresponding C function is `unlinkat`.
package func removeFile(
  in directory: CInt,
  _ name: FileName,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("unlinkat", subject()) {
    name.withCString { negated(unlinkat(directory, $0, 0)) }
  }
}

/// Removes an empty directory.
///
/// The corresponding C function is `unlinkat`.
package func removeDirectory(
  in directory: CInt,
  _ name: FileName,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("unlinkat", subject()) {
    name.withCString { negated(unlinkat(directory, $0, AT_REMOVEDIR)) }
  }
}

/// Moves `name` to `newName`, replacing what is there, within one file system.
///
/// The corresponding C function is `renameat`.
package func renameFile(
  in directory: CInt,
  _ name: FileName,
  to newName: FileName,
  in newDirectory: CInt,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("renameat", subject()) {
    name.withCString { name in
      newName.withCString { negated(renameat(directory, name, newDirectory, $0)) }
    }
  }
}

/// Makes of a libc result what the kernel returned: a value, or a negated error number.
func negated<Value: FixedWidthInteger & SignedInteger>(_ result: Value) -> Value {
  result == -1 ? Value(-errno) : result
}

/// Makes the directory `path`, and those above it that are missing.
///
/// Links on the way are followed. One that exists already is left as it is. The corresponding C
/// function is `mkdir`.
package func makeDirectories(_ path: FilePath, mode: UInt32 = 0o700) throws(SystemCallError) {
  do {
    try kernelCall("mkdir", path) { path.withPlatformString { negated(mkdir($0, mode)) } }
  } catch {
    if error.errno == .fileExists { return }
    let parent = path.removingLastComponent()
    if error.errno != .noSuchFileOrDirectory || parent == path || parent.isEmpty { throw error }
    try makeDirectories(parent, mode: mode)
    try makeDirectories(path, mode: mode)
  }
}

/// Opens the directory `path`, following links.
///
/// The corresponding C function is `open`.
package func openDirectory(_ path: FilePath) throws(SystemCallError) -> Descriptor {
  try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
}
