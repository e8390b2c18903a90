import CLinux
import Glibc

/// The processes of the machine, read from `/proc` into buffers that are used again and again.
///
/// A process may be gone at any moment: what is asked about such a one is empty or nil. Not
/// thread-safe.
package final class ProcessTable {
  let root: Descriptor
  private let entries: UnsafeMutableRawBufferPointer
  private let text: UnsafeMutableRawBufferPointer

  /// Opens `/proc`.
  ///
  /// - Throws: ``SystemCallError`` when there is none.
  package init() throws(SystemCallError) {
    root = try Descriptor.open("/proc", O_RDONLY | O_DIRECTORY)
    entries = .allocate(byteCount: 1 << 16, alignment: 16)
    text = .allocate(byteCount: 1 << 16, alignment: 16)
  }

  deinit {
    entries.deallocate()
    text.deallocate()
  }

  /// Replaces `numbers` by the processes that there are.
  package func listProcesses(into numbers: inout [ProcessID]) {
    numbers.removeAll(keepingCapacity: true)
    _ = lseek(root.raw, 0, SEEK_SET)
    appendNumbers(in: root.raw, to: &numbers)
  }

  /// Replaces `numbers` by the threads of `process`.
  package func listThreads(of process: ProcessID, into numbers: inout [ProcessID]) {
    listNumbers(in: ProcessPath(process, "task"), into: &numbers)
  }

  /// Replaces `numbers` by the numbers among the names in the directory `path`.
  ///
  /// - Parameters:
  ///   - path: Below `/proc`.
  ///   - numbers: Empty when the directory is gone.
  /// - Returns: False when the directory may not be read.
  @discardableResult
  package func listNumbers(in path: ProcessPath, into numbers: inout [ProcessID]) -> Bool {
    numbers.removeAll(keepingCapacity: true)
    guard let directory = openDirectory(path) else { return !Self.isForbidden }
    appendNumbers(in: directory.raw, to: &numbers)
    return true
  }

  /// Replaces `numbers` by the numbers among the names in an open directory.
  package func listNumbers(in directory: CInt, into numbers: inout [ProcessID]) {
    numbers.removeAll(keepingCapacity: true)
    appendNumbers(in: directory, to: &numbers)
  }

  /// Opens a directory below `/proc`; nil, and `errno` says why, when it can't be.
  package func openDirectory(_ path: ProcessPath) -> Descriptor? {
    open(path, O_RDONLY | O_DIRECTORY)
  }

  /// Opens a file below `/proc`; nil, and `errno` says why, when it can't be.
  package func open(_ path: ProcessPath, _ flags: CInt = O_RDONLY) -> Descriptor? {
    let raw = path.withCString { openat(root.raw, $0, flags | O_CLOEXEC) }
    return raw < 0 ? nil : Descriptor(adopting: raw)
  }

  /// Calls `body` with the first 64 KiB of a file below `/proc`; nil when it can't be read.
  package func withText<Value>(
    of path: ProcessPath,
    _ body: (UnsafeRawBufferPointer) -> Value?
  ) -> Value? {
    guard let file = open(path) else { return nil }
    var count = 0
    while count < text.count {
      let got = read(file.raw, text.baseAddress?.advanced(by: count), text.count - count)
      if got <= 0 { break }
      count += got
    }
    return count == 0 ? nil : body(UnsafeRawBufferPointer(rebasing: text[..<count]))
  }

  /// All of a file below `/proc`; nil when it can't be read.
  package func contents(of path: ProcessPath) -> [UInt8]? {
    guard let file = open(path) else { return nil }
    var bytes: [UInt8] = []
    while true {
      let got = read(file.raw, text.baseAddress, text.count)
      if got < 0 { return nil }
      if got == 0 { return bytes }
      bytes.append(contentsOf: text[..<got])
    }
  }

  /// Whether the last call failed because we may not do that.
  static var isForbidden: Bool { errno == EACCES || errno == EPERM }

  /// The inode of what a link below `/proc` leads to, such as a namespace.
  package func inode(behind path: ProcessPath) -> UInt64? {
    var found = stat()
    return path.withCString { fstatat(root.raw, $0, &found, 0) } == 0 ? UInt64(found.st_ino) : nil
  }

  /// The permission bits of a link below `/proc`, which say how a file was opened.
  package func linkPermissions(of path: ProcessPath) -> UInt32? {
    var found = stat()
    let result = path.withCString { fstatat(root.raw, $0, &found, AT_SYMLINK_NOFOLLOW) }
    return result == 0 ? found.st_mode : nil
  }

  // linux_dirent64: inode (8), offset (8), length (2), type (1), name.
  private func appendNumbers(in directory: CInt, to numbers: inout [ProcessID]) {
    while true {
      let count = clinux_getdents(directory, entries.baseAddress, entries.count)
      if count <= 0 { return }
      var offset = 0
      while offset < count {
        if let number = number(at: offset + 19) { numbers.append(number) }
        offset += Int(entries.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self))
      }
    }
  }

  private func number(at start: Int) -> ProcessID? {
    var value: ProcessID = 0
    var index = start
    while entries[index] != 0 {
      guard (0x30...0x39).contains(entries[index]) else { return nil }
      value = value &* 10 &+ ProcessID(entries[index] - 0x30)
      index += 1
    }
    return value
  }
}
