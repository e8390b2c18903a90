import CLinux
import Glibc

/// Mounts made of what is mounted already, to be attached elsewhere in this namespace; needs root.
package enum MountTree {
  /// Makes a mount of what stands at `path`.
  ///
  /// The corresponding C function is `open_tree`.
  ///
  /// - Parameters:
  ///   - path: A directory or file; a link at its end is not followed.
  ///   - isWhole: Whether the mounts below come along.
  /// - Returns: The mount, attached nowhere; it goes away with its descriptor.
  /// - Throws: ``SystemCallError``.
  package static func copy(
    of path: FilePath,
    whole isWhole: Bool
  ) throws(SystemCallError) -> Descriptor {
    let raw = try kernelCall("open_tree", path) {
      path.withPlatformString { clinux_clone_tree(AT_FDCWD, $0, isWhole ? 1 : 0) }
    }
    return Descriptor(adopting: raw)
  }

  /// Makes a mount of `entry` in the open `directory`, or of that itself, without mounts below.
  ///
  /// The corresponding C function is `open_tree`.
  ///
  /// - Throws: ``SystemCallError``; `.invalidArgument` before Linux 6.15 when `directory` is on a
  ///   mount that is attached nowhere.
  package static func copy(
    of entry: FileName?,
    in directory: CInt,
    subject: @autoclosure () -> FilePath
  ) throws(SystemCallError) -> Descriptor {
    let raw = try kernelCall("open_tree", subject()) {
      (entry ?? FileName("")).withCString { clinux_clone_tree(directory, $0, 0) }
    }
    return Descriptor(adopting: raw)
  }

  /// Puts the mount whose top `mount` is open on over what stands at `path`.
  ///
  /// The corresponding C function is `move_mount`.
  package static func attach(_ mount: CInt, at path: FilePath) throws(SystemCallError) {
    try kernelCall("move_mount", path) {
      path.withPlatformString { clinux_attach_mount(mount, $0) }
    }
  }

  /// What the mount that shows `path` forbids besides writing: set-user-id, devices, executing.
  ///
  /// The corresponding C function is `fstatvfs`.
  package static func restrictions(at path: FilePath) throws(SystemCallError) -> CInt {
    let place = try openAsPlace(path)
    return try kernelCall("fstatvfs", path) { clinux_mount_restrictions(place.raw) }
  }

  /// Makes `mount` read-only, and forbids what `restrictions` says.
  ///
  /// The corresponding C function is `mount_setattr`.
  package static func restrict(
    _ mount: CInt,
    _ restrictions: CInt,
    subject: FilePath
  ) throws(SystemCallError) {
    try kernelCall("mount_setattr", subject) { clinux_restrict_mount(mount, restrictions) }
  }

  /// Makes the mount whose top `mount` is open on, attached at `/`, the root; the old one goes.
  ///
  /// The corresponding C function is `pivot_root`.
  package static func changeRoot(to mount: CInt) throws(SystemCallError) {
    try kernelCall("pivot_root", "/") { clinux_change_root(mount) }
  }

  /// Takes the mount whose top `mount` is open on away from where it is attached.
  ///
  /// The corresponding C function is `umount2`. The working directory is `/` afterwards.
  package static func detach(_ mount: CInt, subject: FilePath) throws(SystemCallError) {
    try kernelCall("umount2", subject) { clinux_detach_mount(mount) }
  }

  /// Gives this process mounts of its own: what it mounts nobody else sees, nor it what others do.
  ///
  /// For a process with one thread. The corresponding C function is `unshare`.
  package static func separate() throws(SystemCallError) {
    try kernelCall("unshare", "the mount namespace") { clinux_unshare_mounts() }
    try kernelCall("mount", "/") { clinux_isolate_mounts() }
  }
}
