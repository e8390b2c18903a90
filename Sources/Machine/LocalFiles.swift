import CLinux
import Glibc

/// Plain operations on local files, each one system call or a loop around one.
package enum LocalFiles {
  /// Makes a directory; one that exists already is left as it is.
  ///
  /// The corresponding C function is `mkdir`.
  ///
  /// - Throws: ``SystemCallError`` for any reason but that it exists.
  package static func makeDirectory(
    _ path: FilePath,
    mode: UInt32 = 0o700
  ) throws(SystemCallError) {
    do {
      try systemCall("mkdir", path) { path.withPlatformString { mkdir($0, mode) } }
    } catch {
      let isDirectory =
        (try? fileMetadata(of: path, followingLinks: true))?.type == .directory
      guard error.errno == .fileExists, isDirectory else { throw error }
    }
  }

  /// Removes a file's name.
  ///
  /// The corresponding C function is `unlink`.
  package static func remove(_ path: FilePath) throws(SystemCallError) {
    try systemCall("unlink", path) { path.withPlatformString { unlink($0) } }
  }

  /// Removes an empty directory.
  ///
  /// The corresponding C function is `rmdir`.
  package static func removeDirectory(_ path: FilePath) throws(SystemCallError) {
    try systemCall("rmdir", path) { path.withPlatformString { rmdir($0) } }
  }

  /// Gives a file another name.
  ///
  /// The corresponding C functions are `rename` and `renameat2`.
  ///
  /// - Parameters:
  ///   - old: Its name.
  ///   - new: Its name from now on.
  ///   - isReplacing: Whether what has that name goes away; otherwise that is an error (`EEXIST`).
  /// - Throws: ``SystemCallError``.
  package static func rename(
    _ old: FilePath,
    to new: FilePath,
    replacing isReplacing: Bool = true
  ) throws(SystemCallError) {
    try kernelCall("rename", new) {
      old.withPlatformString { from in
        new.withPlatformString {
          isReplacing ? negated(Glibc.rename(from, $0)) : clinux_rename_new(from, $0)
        }
      }
    }
  }

  /// Sets the permission bits.
  ///
  /// The corresponding C function is `chmod`.
  package static func setMode(_ path: FilePath, _ mode: UInt32) throws(SystemCallError) {
    try systemCall("chmod", path) { path.withPlatformString { chmod($0, mode) } }
  }

  /// Makes the names in a directory durable.
  ///
  /// File systems that can't do that are believed to do it by themselves. The corresponding C
  /// function is `fsync`.
  package static func syncDirectory(_ path: FilePath) throws(SystemCallError) {
    let directory = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
    try sync(directory.raw, path)
  }

  /// Makes the names of files durable whose content is.
  ///
  /// - Parameter paths: They and their directories exist.
  /// - Throws: ``SystemCallError``.
  package static func syncNames(_ paths: [FilePath]) throws(SystemCallError) {
    // The files too, because some file systems log the names of a file with the file. What the
    // first call has written out costs the others nothing.
    for path in paths {
      let file = try Descriptor.open(path, O_RDONLY)
      try sync(file.raw, path)
    }
    for directory in Set(paths.map { $0.removingLastComponent() }) {
      try syncDirectory(directory)
    }
  }

  /// Makes what was written to `descriptor` durable.
  ///
  /// File systems that don't know `fsync` are tolerated, as restic does.
  package static func sync(_ descriptor: CInt, _ path: FilePath) throws(SystemCallError) {
    do {
      try systemCall("fsync", path) { fsync(descriptor) }
    } catch {
      let isUnknown = error.errno == .notSupported || error.errno == .invalidArgument
      if !isUnknown { throw error }
    }
  }

  /// The names in a directory, in no order, without `.` and `..`.
  ///
  /// The corresponding C function is `readdir`.
  package static func names(in path: FilePath) throws(SystemCallError) -> [FileName] {
    let descriptor = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
    guard let stream = fdopendir(descriptor.raw) else {
      throw SystemCallError(call: "fdopendir", subject: path, errno: Errno(rawValue: errno))
    }
    _ = descriptor.relinquish()
    defer { closedir(stream) }
    var names: [FileName] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        let code = errno
        if code == 0 { return names }
        throw SystemCallError(call: "readdir", subject: path, errno: Errno(rawValue: code))
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        FileName(bytes.prefix { $0 != 0 })
      }
      if name.text != "." && name.text != ".." { names.append(name) }
    }
  }

  /// Reads `length` bytes from `offset`, or all from there; fewer at the end of the file.
  ///
  /// The corresponding C function is `pread`.
  package static func read(
    _ path: FilePath,
    offset: UInt64 = 0,
    length: Int? = nil
  ) throws(SystemCallError) -> [UInt8] {
    let file = try Descriptor.open(path)
    let wanted: Int
    if let length {
      wanted = length
    } else {
      let size = try fileMetadata(in: file.raw, subject: path).size
      wanted = size > offset ? Int(size - offset) : 0
    }
    return try read(file.raw, offset: offset, length: wanted, path)
  }

  static func read(
    _ descriptor: CInt,
    offset: UInt64,
    length: Int,
    _ path: FilePath
  ) throws(SystemCallError) -> [UInt8] {
    var failure: SystemCallError?
    let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      count = 0
      do throws(SystemCallError) {
        while count < length {
          let rest = UnsafeMutableBufferPointer(rebasing: buffer[count...])
          let got = try systemCall("pread", path) {
            pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(count))
          }
          if got == 0 { break }
          count += got
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// An absolute form of `path`: below the working directory when it is relative.
  ///
  /// The corresponding C function is `getcwd`.
  package static func absolute(_ path: FilePath) throws(SystemCallError) -> FilePath {
    if path.isAbsolute { return path.lexicallyNormalized() }
    guard let here = getcwd(nil, 0) else {
      throw SystemCallError(call: "getcwd", subject: ".", errno: Errno(rawValue: errno))
    }
    defer { free(here) }
    return FilePath(platformString: here).pushing(path).lexicallyNormalized()
  }
}
