import CLinux
import Glibc

/// An open file description that is closed exactly once, when its owner goes away.
package struct Descriptor: ~Copyable, Sendable {
  package let raw: CInt
  /// A mount that goes away when this is closed; -1 for none.
  fileprivate let mount: CInt

  /// Takes over `raw`, which must be open and owned by nobody else.
  package init(adopting raw: CInt) {
    self.raw = raw
    mount = -1
  }

  /// Takes over `raw`, and the private mount that it was opened on.
  ///
  /// What is open on a mount keeps it readable. Only the mount's own descriptor keeps it one that
  /// can be attached somewhere.
  package init(adopting raw: CInt, on mount: consuming Descriptor) {
    self.raw = raw
    self.mount = mount.relinquish()
  }

  deinit {
    _ = Glibc.close(raw)
    if mount >= 0 { _ = Glibc.close(mount) }
  }

  /// Opens `path`.
  ///
  /// `O_CLOEXEC` is always added. The corresponding C function is `open`.
  package static func open(
    _ path: FilePath,
    _ flags: CInt = O_RDONLY,
    mode: UInt32 = 0o600
  ) throws(SystemCallError) -> Descriptor {
    let raw = try systemCall("open", path) {
      path.withPlatformString { Glibc.open($0, flags | O_CLOEXEC, mode) }
    }
    return Descriptor(adopting: raw)
  }

  /// Closes now and reports what `close` says, which for a written file may be a lost write.
  package consuming func close(of path: FilePath) throws(SystemCallError) {
    let raw = self.raw
    if mount >= 0 { _ = Glibc.close(mount) }
    discard self
    // Not retried: after EINTR on Linux the descriptor is already gone.
    if Glibc.close(raw) == -1 {
      throw SystemCallError(call: "close", subject: path, errno: Errno(rawValue: errno))
    }
  }

  /// Gives up ownership without closing.
  package consuming func relinquish() -> CInt {
    let raw = self.raw
    if mount >= 0 { _ = Glibc.close(mount) }
    discard self
    return raw
  }
}

/// A descriptor with several owners, closed when the last of them goes away.
package final class SharedDescriptor: Sendable {
  private let descriptor: Descriptor

  package init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

  package var raw: CInt { descriptor.raw }

  /// Lets go of what it is open on, for all owners; whatever they do with it then fails.
  ///
  /// A private mount goes away, although the numbers stay taken until the last owner does. The
  /// corresponding C function is `dup2`.
  ///
  /// - Throws: ``SystemCallError`` without `/dev/null`.
  package func letGo() throws(SystemCallError) {
    let nothing = try Descriptor.open("/dev/null")
    for number in [raw, descriptor.mount] where number >= 0 {
      _ = try systemCall("dup2", "/dev/null") { Glibc.dup2(nothing.raw, number) }
      _ = Glibc.fcntl(number, F_SETFD, FD_CLOEXEC)  // Fails for numbers that aren't open only.
    }
  }
}

/// A file name: bytes, without a zero and without a slash.
///
/// The bytes are followed by one zero, so that a system call can take them as they are.
package struct FileName: Hashable, Comparable, Sendable {
  /// The bytes and the closing zero.
  package let terminated: ContiguousArray<UInt8>

  /// The bytes alone.
  package var bytes: ArraySlice<UInt8> { ArraySlice(terminated.dropLast()) }

  /// Makes a name of `bytes`, which hold no zero.
  package init(_ bytes: some Sequence<UInt8>) {
    var terminated = ContiguousArray(bytes)
    terminated.append(0)
    self.terminated = terminated
  }

  /// Makes a name of the bytes of `text` in UTF-8.
  package init(_ text: String) { self.init(text.utf8) }

  /// Ascending by bytes, as restic sorts tree nodes.
  package static func < (left: FileName, right: FileName) -> Bool {
    left.terminated.lexicographicallyPrecedes(right.terminated)
  }

  package func withCString<Value, Failure: Error>(
    _ body: (UnsafePointer<CChar>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try terminated.withUnsafeBufferPointer { (buffer) throws(Failure) -> Value in
      guard let base = buffer.baseAddress else { preconditionFailure("a name ends with zero") }
      return try UnsafeRawPointer(base).withMemoryRebound(
        to: CChar.self,
        capacity: buffer.count,
        body
      )
    }
  }

  /// The name as a person reads it; bytes that aren't UTF-8 are replaced.
  package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// What `statx` says of `name` below `directory`, or of `directory` itself when there is no name.
///
/// Links are not followed. The corresponding C function is `statx`.
package func fileMetadata(
  in directory: CInt,
  _ name: FileName? = nil,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> FileMetadata {
  var raw = clinux_metadata()
  let result: CInt
  if let name {
    result = name.withCString { clinux_statx(directory, $0, AT_SYMLINK_NOFOLLOW, &raw) }
  } else {
    result = clinux_statx(directory, "", CLINUX_AT_EMPTY_PATH, &raw)
  }
  try kernelCall("statx", subject()) { result }
  return FileMetadata(raw)
}

/// What `statx` says of `path`.
///
/// The corresponding C function is `statx`.
package func fileMetadata(
  of path: FilePath,
  followingLinks: Bool = false
) throws(SystemCallError) -> FileMetadata {
  var raw = clinux_metadata()
  try kernelCall("statx", path) {
    path.withPlatformString {
      clinux_statx(AT_FDCWD, $0, followingLinks ? 0 : AT_SYMLINK_NOFOLLOW, &raw)
    }
  }
  return FileMetadata(raw)
}
