/// The bits of Go's `os.FileMode` above the nine permission bits.
///
/// Source: Go, `io/fs/fs.go`.
private enum GoFileMode {
  static let directory: UInt32 = 1 << 31
  static let symlink: UInt32 = 1 << 27
  static let device: UInt32 = 1 << 26
  static let fifo: UInt32 = 1 << 25
  static let socket: UInt32 = 1 << 24
  static let setUserID: UInt32 = 1 << 23
  static let setGroupID: UInt32 = 1 << 22
  /// Together with `device`.
  static let character: UInt32 = 1 << 21
  static let sticky: UInt32 = 1 << 20
  static let irregular: UInt32 = 1 << 19
}

/// Returns Go's `os.FileMode` for `mode`, a `st_mode`.
package func goFileMode(fromMode mode: UInt32) -> UInt32 {
  var result = mode & 0o777
  switch nodeType(fromMode: mode) {
  case .file: break
  case .dir: result |= GoFileMode.directory
  case .symlink: result |= GoFileMode.symlink
  case .dev: result |= GoFileMode.device
  case .chardev: result |= GoFileMode.device | GoFileMode.character
  case .fifo: result |= GoFileMode.fifo
  case .socket: result |= GoFileMode.socket
  case .irregular: result |= GoFileMode.irregular
  }
  if mode & 0o4000 != 0 { result |= GoFileMode.setUserID }
  if mode & 0o2000 != 0 { result |= GoFileMode.setGroupID }
  if mode & 0o1000 != 0 { result |= GoFileMode.sticky }
  return result
}

/// Returns the permission, set-id and sticky bits of `goMode` as `st_mode` has them.
package func permissions(fromGo goMode: UInt32) -> UInt32 {
  var result = goMode & 0o777
  if goMode & GoFileMode.setUserID != 0 { result |= 0o4000 }
  if goMode & GoFileMode.setGroupID != 0 { result |= 0o2000 }
  if goMode & GoFileMode.sticky != 0 { result |= 0o1000 }
  return result
}

/// Returns what the type bits of `mode`, a `st_mode`, stand for.
package func nodeType(fromMode mode: UInt32) -> NodeType {
  switch mode & 0o170000 {
  case 0o100000: .file
  case 0o040000: .dir
  case 0o120000: .symlink
  case 0o060000: .dev
  case 0o020000: .chardev
  case 0o010000: .fifo
  case 0o140000: .socket
  default: .irregular
  }
}

/// Returns the type bits of the `st_mode` of what `type` stands for; an irregular file's are a file's.
package func typeBits(of type: NodeType) -> UInt32 {
  switch type {
  case .file, .irregular: 0o100000
  case .dir: 0o040000
  case .symlink: 0o120000
  case .dev: 0o060000
  case .chardev: 0o020000
  case .fifo: 0o010000
  case .socket: 0o140000
  }
}
