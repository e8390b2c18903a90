import Glibc

/// A new file that gets its name only when it is complete and durable.
///
/// Until then it has a temporary name, which goes away with ``discard()`` or with the object.
///
/// `@unchecked Sendable`: one thread at a time uses it; who hands it over stops using it.
package final class AtomicFile: @unchecked Sendable {
  private let temporary: FilePath
  private var descriptor: Descriptor?
  private var position: UInt64 = 0

  /// Makes an empty file.
  ///
  /// The corresponding C function is `open`.
  ///
  /// - Parameters:
  ///   - directory: Where its temporary name is: on the file system of its later name.
  ///   - prefix: What the temporary name begins with.
  /// - Throws: ``SystemCallError`` when it can't be made.
  package init(in directory: FilePath, prefix: String) throws(SystemCallError) {
    while true {
      let suffix = String(UInt64.random(in: 0...UInt64.max), radix: 16)
      let path = directory.appending("\(prefix)-tmp-\(suffix)")
      do {
        descriptor = try Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        temporary = path
        return
      } catch {
        if error.errno != .fileExists { throw error }
      }
    }
  }

  deinit { discard() }

  /// In bytes.
  package var size: UInt64 { position }

  /// Writes `parts`, one after the other, at the end.
  ///
  /// The corresponding C function is `write`.
  package func append(_ parts: [UnsafeRawBufferPointer]) throws(SystemCallError) {
    let raw = openDescriptor
    for part in parts {
      var written = 0
      while written < part.count {
        let rest = UnsafeRawBufferPointer(rebasing: part[written...])
        written += try systemCall("write", temporary) {
          write(raw, rest.baseAddress, rest.count)
        }
      }
      position += UInt64(written)
    }
  }

  /// Reads back what was written, fewer bytes at the end.
  ///
  /// The corresponding C function is `pread`.
  package func read(offset: UInt64, length: Int) throws(SystemCallError) -> [UInt8] {
    try LocalFiles.read(openDescriptor, offset: offset, length: length, temporary)
  }

  /// Gives the file its name, in the place of what has that name.
  ///
  /// When this throws, the temporary name is gone.
  ///
  /// - Parameters:
  ///   - path: Its name from now on.
  ///   - mode: Its permission bits; a file system without them is tolerated.
  ///   - durably: Whether file and name must survive a power loss.
  /// - Throws: ``SystemCallError`` when the file isn't as long as what was written (`EIO`), or
  ///   a call failed.
  package func commit(
    as path: FilePath,
    mode: UInt32,
    durably: Bool = true
  ) throws(SystemCallError) {
    defer { discard() }
    let found = try fileMetadata(in: openDescriptor, subject: temporary)
    if found.size != position {
      throw SystemCallError(call: "write", subject: temporary, errno: .ioError)
    }
    if durably { try LocalFiles.sync(openDescriptor, temporary) }
    if let descriptor = descriptor.take() { try descriptor.close(of: temporary) }
    try LocalFiles.rename(temporary, to: path)
    if durably { try LocalFiles.syncDirectory(path.removingLastComponent()) }
    // Read-only is a guard against accidents, not a promise.
    try? LocalFiles.setMode(path, mode)
  }

  /// Removes the file unless it was committed.
  ///
  /// Twice is not an error.
  package func discard() {
    guard !isDone else { return }
    isDone = true
    descriptor = nil
    try? LocalFiles.remove(temporary)
  }

  private var isDone = false

  private var openDescriptor: CInt {
    guard let raw = descriptor?.raw else {
      preconditionFailure("the file was committed or discarded")
    }
    return raw
  }
}

extension LocalFiles {
  /// Writes a file so that a reader sees the old content or the new one, also after a power loss.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - bytes: Its new content.
  ///   - mode: Its permission bits.
  /// - Throws: ``SystemCallError`` of the call that failed; the old content is then in place.
  package static func replace(
    _ path: FilePath,
    with bytes: [UInt8],
    mode: UInt32 = 0o600
  ) throws(SystemCallError) {
    let name = path.lastComponent?.string ?? "file"
    let file = try AtomicFile(in: path.removingLastComponent(), prefix: name)
    var failure: SystemCallError?
    bytes.withUnsafeBytes { content in
      do throws(SystemCallError) { try file.append([content]) } catch { failure = error }
    }
    if let failure { throw failure }
    try file.commit(as: path, mode: mode)
  }
}
