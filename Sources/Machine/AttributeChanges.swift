import CLinux

/// Sets an extended attribute, made or replaced.
///
/// The corresponding C functions are `fsetxattr` and `lsetxattr`.
package func setExtendedAttribute(
  _ attribute: FileName,
  to value: [UInt8],
  of file: FileReference,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("setxattr", subject()) {
    attribute.withCString { attribute in
      switch file {
      case .descriptor(let raw):
        clinux_fsetxattr(raw, attribute, value, value.count)
      case .name(let name, let directory):
        withPathByDescriptor(directory, name) {
          clinux_lsetxattr($0, attribute, value, value.count)
        }
      }
    }
  }
}

/// Removes an extended attribute.
///
/// The corresponding C functions are `fremovexattr` and `lremovexattr`.
package func removeExtendedAttribute(
  _ attribute: FileName,
  of file: FileReference,
  subject: @autoclosure () -> FilePath
) throws(SystemCallError) {
  try kernelCall("removexattr", subject()) {
    attribute.withCString { attribute in
      switch file {
      case .descriptor(let raw):
        clinux_fremovexattr(raw, attribute)
      case .name(let name, let directory):
        withPathByDescriptor(directory, name) { clinux_lremovexattr($0, attribute) }
      }
    }
  }
}

/// Calls `body` with a path that names `name` below the open `directory`, wherever that now is.
///
/// For the calls that have no form relative to a descriptor.
func withPathByDescriptor<Value>(
  _ directory: CInt,
  _ name: FileName,
  _ body: (UnsafePointer<CChar>) -> Value
) -> Value {
  FileName(Array("/proc/self/fd/\(directory)/".utf8) + name.bytes).withCString(body)
}
