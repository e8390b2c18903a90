package import Machine

/// Where control groups can be made that can be frozen; nil where there is no such place.
///
/// - Throws: ``SystemCallError``.
package func freezerFolder() throws -> FilePath? {
  try MountTable.current().visible().first { mount in
    mount.type == "cgroup2" || mount.mountPoint.string.hasSuffix("/freezer")
  }?.mountPoint
}
