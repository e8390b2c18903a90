import CLinux
import Glibc

/// Mounts that nobody else sees and that go away with their descriptor.
package enum PrivateMount {
  /// Mounts a file system; needs root.
  ///
  /// The corresponding C functions are `fsopen`, `fsconfig` and `fsmount`.
  ///
  /// - Parameters:
  ///   - type: As in the mount table.
  ///   - device: The block device.
  ///   - options: Names and values that the file system knows.
  ///   - flags: Names of options without a value.
  ///   - isReadOnly: Whether nothing can be written through it.
  /// - Returns: Its top directory, open for reading.
  /// - Throws: ``SystemCallError``.
  package static func make(
    type: String,
    device: FilePath,
    options: KeyValuePairs<String, String>,
    flags: [String] = [],
    isReadOnly: Bool
  ) throws(SystemCallError) -> Descriptor {
    let context = Descriptor(
      adopting: try kernelCall("fsopen", FilePath(type)) { clinux_fsopen(type) }
    )
    try kernelCall("fsconfig", device) {
      device.withPlatformString { clinux_fsconfig_string(context.raw, "source", $0) }
    }
    for (name, value) in options {
      try kernelCall("fsconfig", device) { clinux_fsconfig_string(context.raw, name, value) }
    }
    for name in flags {
      try kernelCall("fsconfig", device) { clinux_fsconfig_flag(context.raw, name) }
    }
    try kernelCall("fsconfig", device) { clinux_fsconfig_create(context.raw) }
    let mount = Descriptor(
      adopting: try kernelCall("fsmount", device) {
        clinux_fsmount(context.raw, isReadOnly ? 1 : 0)
      }
    )
    // The mount itself is open as a place only.
    let top = try openDirectory(beneath: mount.raw, "", subject: device)
    return Descriptor(adopting: top.relinquish(), on: mount)
  }

  /// Mounts what `descriptor` is open on once more, read-only; needs root.
  ///
  /// The corresponding C functions are `open_tree` and `mount_setattr`.
  package static func readOnlyCopy(
    of descriptor: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) -> Descriptor {
    let copy = Descriptor(
      adopting: try kernelCall("open_tree", subject()) { clinux_clone_mount(descriptor) }
    )
    try kernelCall("mount_setattr", subject()) { clinux_make_mount_read_only(copy.raw) }
    let top = try openDirectory(beneath: copy.raw, "", subject: subject())
    return Descriptor(adopting: top.relinquish(), on: copy)
  }
}

/// Opens a directory below `directory`, without following links and without leaving the mount.
///
/// The corresponding C function is `openat2`.
///
/// - Parameters:
///   - directory: Open.
///   - path: Relative; empty for `directory` itself.
///   - subject: What it is, for the error.
/// - Returns: The open directory.
/// - Throws: ``SystemCallError``; `EXDEV` where something is mounted on the way.
package func openDirectory(
  beneath directory: CInt,
  _ path: FilePath,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Descriptor {
  let flags = UInt64(O_RDONLY | O_DIRECTORY)
  let raw = try kernelCall("openat2", subject()) {
    (path.isEmpty ? "." : path).withPlatformString { clinux_open_beneath(directory, $0, flags) }
  }
  return Descriptor(adopting: raw)
}

/// Opens a file below `directory` for reading, without following links and without leaving the
/// mount; a fifo does not block.
///
/// The corresponding C function is `openat2`.
///
/// - Throws: ``SystemCallError``.
package func openFile(
  beneath directory: CInt,
  _ path: FilePath,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) -> Descriptor {
  let flags = UInt64(O_RDONLY | O_NONBLOCK | O_NOCTTY)
  let raw = try kernelCall("openat2", subject()) {
    path.withPlatformString { clinux_open_beneath(directory, $0, flags) }
  }
  return Descriptor(adopting: raw)
}

/// Opens a path only to be named by further calls, without following a link at its end.
///
/// It needs no permission on what is there, and mounts nothing automatically. The corresponding C
/// function is `open` with `O_PATH`.
package func openAsPlace(_ path: FilePath) throws(SystemCallError) -> Descriptor {
  try Descriptor.open(path, CLINUX_O_PATH | O_NOFOLLOW)
}

/// Opens a directory for reading, without following a link at its end.
///
/// The corresponding C function is `open`.
package func openDirectory(exactly path: FilePath) throws(SystemCallError) -> Descriptor {
  try Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
}
